// What pages of this server may do: run their own script and style, and ask their own server.

type PageSource = {
  readonly script: string;
  readonly style: string;
  /** Whether the browser is to refuse markup and code made of text, whatever the script tries. */
  readonly isTyped?: boolean;
};

/** The content security policy of a page with this script and this style in it, and nothing else. */
export function pagePolicy({ script, style, isTyped = false }: PageSource): string {
  return [
    "default-src 'none'",
    `script-src '${sourceHash(script)}'`,
    `style-src '${sourceHash(style)}'`,
    "connect-src 'self'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    ...(isTyped ? ["require-trusted-types-for 'script'", "trusted-types 'none'"] : []),
  ].join("; ");
}

function sourceHash(source: string): string {
  return `sha256-${new Bun.CryptoHasher("sha256").update(source).digest("base64")}`;
}
