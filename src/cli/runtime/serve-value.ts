// How the values of settings are read from text: each reader makes a value or throws `USAGE` with what it expected.
import { CodedError } from "../../error/index.ts";

/** What stands between commas, if anything. */
export function list(value: string): readonly string[] {
  return value
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

/** Origins exactly as browsers send them, or an asterisk: any other spelling would never be found equal. */
export function origins(value: string, name: string): readonly string[] {
  const items = list(value);
  const wrong = items.find((item) => item !== "*" && !isOrigin(item));
  if (wrong === undefined && items.length > 0) return items;
  throw unfit(
    wrong ?? value,
    name,
    "* or origins as browsers send them (scheme://host[:port], no path, no port that goes without saying)",
  );
}

function isOrigin(text: string): boolean {
  // Pages of the web; beside these only those of extensions and of applications have origins.
  if (/^https?:/i.test(text)) {
    return URL.canParse(text) && new URL(text).origin === text && !text.includes("*");
  }
  return /^[a-z][a-z0-9+.-]*:\/\/[a-z0-9._-]+(?::\d{1,5})?$/.test(text);
}

/** A whole number within bounds. */
export function whole(min: number, max: number) {
  return (value: string, name: string): number => {
    const number = Number(value);
    if (/^\d{1,10}$/.test(value) && number >= min && number <= max) return number;
    throw unfit(value, name, `a whole number from ${min} to ${max}`);
  };
}

/** A number within bounds, of at most six decimals. */
export function decimal(min: number, max: number) {
  return (value: string, name: string): number => {
    const number = Number(value);
    if (/^\d{1,10}(?:\.\d{1,6})?$/.test(value) && number >= min && number <= max) return number;
    throw unfit(value, name, `a number from ${min} to ${max}`);
  };
}

/** One of the words. */
export function choice<const T extends string>(...choices: readonly T[]) {
  return (value: string, name: string): T => {
    const chosen = choices.find((candidate) => candidate === value);
    if (chosen !== undefined) return chosen;
    throw unfit(value, name, choices.join(" or "));
  };
}

/** For a value that cannot be; `name` is what the user would correct. */
export function unfit(value: string, name: string, expected: string): CodedError {
  return new CodedError(
    "USAGE",
    `Cannot use "${value.slice(0, 60)}" as it must be ${expected}: correct ${name}`,
    { detail: { found: value.slice(0, 60), expected } },
  );
}
