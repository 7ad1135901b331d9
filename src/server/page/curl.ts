// What was asked as a command for a POSIX shell.

/** One word of a shell, whatever is in it. */
export function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

export type Command = {
  /** Absolute. */
  readonly url: string;
  /** JSON. */
  readonly body: string;
  /** Whether the server asks for a key, which the shell takes from a variable: commands are kept and passed on. */
  readonly withKey: boolean;
};

/** A call of curl that sends the same. */
export function curlCommand({ url, body, withKey }: Command): string {
  return [
    `curl ${quoteForShell(url)}`,
    `-H ${quoteForShell("content-type: application/json")}`,
    ...(withKey ? ['-H "authorization: Bearer $API_KEY"'] : []),
    `-d ${quoteForShell(body)}`,
  ].join(" \\\n  ");
}
