// What the process says by its exit code. Scripts rely on these numbers: they are printed by --help and never reused.
import type { ErrorKind } from "../error/index.ts";

export const EXIT_OK = 0;

/** Exit code of each kind of error. */
export const EXIT_CODE = {
  internal: 1,
  invalid_input: 2,
  invalid_config: 3,
  invalid_file: 4,
  not_found: 5,
  conflict: 6,
  environment: 7,
  unsupported: 8,
  overloaded: 9,
  timeout: 9,
} as const satisfies Record<ErrorKind, number>;

/** The table above in words, for --help. */
export const EXIT_CODE_HELP = `Exit codes:
  0  done
  1  a defect of this program
  2  the command line or the input is wrong
  3  the configuration or the model directory is wrong
  4  the encoderfile is damaged, or is none
  5  a file that was named does not exist
  6  something is in the way: an existing file, a port in use
  7  the machine said no: disk full, permission denied, read error
  8  well formed, but this build cannot do it
  9  overloaded, or out of time, such as a stop that cut off requests
  130, 143  ended by a second SIGINT or SIGTERM while finishing`;
