// The licences of this program and of what it contains of others. The build of a base replaces this file by one that
// holds the texts.

/** The texts as a base embeds them: UTF-8, compressed with zstd, as base64. Undefined when the program runs from source. */
export const LICENCE_TEXT: string | undefined = undefined;
