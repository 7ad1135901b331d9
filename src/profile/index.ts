// Door of the module `profile`.
export {
  joinMarks,
  markStart,
  processStartMs,
  type StartMark,
  startMarks,
} from "./start-profile.ts";
