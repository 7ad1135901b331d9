// Which addresses are accepted, and what of them people see.
import { expect, test } from "bun:test";
import { checkHeaders, parseUrl, shownUrl } from "../../src/download/url.ts";
import { thrownBy } from "../helper/coded.ts";

test.each(["https://a.example/b", "http://127.0.0.1:1/x?y", "file:///a/b"])(
  "parseUrl() takes %s",
  (text) => {
    expect(parseUrl(text).href).toBe(text);
  },
);

test.each(["", "a/b", "ftp://a/b", "data:,x", "https://", `https://a/${"x".repeat(9000)}`])(
  "parseUrl() refuses %#",
  (text) => {
    expect(thrownBy(() => parseUrl(text)).code).toBe("DOWNLOAD_BAD_URL");
  },
);

test("parseUrl() shows nothing secret of what it refuses", () => {
  const { message } = thrownBy(() => parseUrl("ftp://user:secret@host/a?token=secret"));
  expect(message).not.toContain("secret");
  expect(message).toContain('Cannot fetch "ftp://host/a" as it must be an address');
});

test.each([
  ["https://u:p@a.example/b?c=d#e", "https://a.example/b?..."],
  ["https://a.example/b", "https://a.example/b"],
])("shownUrl() shows %s as %s", (text, shown) => {
  expect(shownUrl(new URL(text))).toBe(shown);
});

test("checkHeaders() refuses what would end a header, without showing it", () => {
  expect(() => checkHeaders({ authorization: "Bearer x y", other: "\u00e9" })).not.toThrow();
  for (const value of ["se\ncret", "se\rcret", "se\0cret", "se\u20accret"]) {
    const { code, message } = thrownBy(() => checkHeaders({ authorization: value }));
    expect(code).toBe("DOWNLOAD_BAD_HEADER");
    expect(message).toContain('the header "authorization"');
    expect(message).not.toContain("cret");
  }
});
