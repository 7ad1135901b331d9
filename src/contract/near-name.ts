// Finds the name a person meant who wrote another.

/** The one of `names` that differs from `name` in spelling only: case, separators, one letter. */
export function nearName(name: string, names: readonly string[]): string | undefined {
  const letters = lettersOf(name);
  return names.find((candidate) => isOneEditApart(letters, lettersOf(candidate)));
}

function lettersOf(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}

/** Whether at most one letter is missing, too many, wrong, or changed places with the next. */
function isOneEditApart(left: string, right: string): boolean {
  // The names come from requests: a long one costs nothing.
  if (Math.abs(left.length - right.length) > 1) return false;
  let start = 0;
  while (start < left.length && left[start] === right[start]) start++;
  const [a, b] = [left.slice(start), right.slice(start)];
  const swapped = a[0] === b[1] && a[1] === b[0] && a.slice(2) === b.slice(2);
  return swapped || a.slice(1) === b.slice(1) || a.slice(1) === b || a === b.slice(1);
}
