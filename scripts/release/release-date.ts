// The date everything of a release bears: never that of the run.

export type DateSources = {
  /** SOURCE_DATE_EPOCH: seconds since 1970. */
  readonly epoch: string | undefined;
  readonly changelog: Date | undefined;
  readonly commit: Date | undefined;
};

/** The first that is given: the environment, the changelog, the last commit. */
export function releaseDate({ epoch, changelog, commit }: DateSources): Date {
  if (epoch !== undefined) {
    if (!/^\d{1,10}$/.test(epoch)) {
      throw new Error(`Cannot use SOURCE_DATE_EPOCH "${epoch}": expected seconds since 1970`);
    }
    return new Date(Number(epoch) * 1000);
  }
  const date = changelog ?? commit;
  if (date === undefined) {
    throw new Error(
      "Cannot date the release: set SOURCE_DATE_EPOCH, or name the day in CHANGELOG.md",
    );
  }
  return date;
}
