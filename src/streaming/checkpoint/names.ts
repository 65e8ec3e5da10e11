/** The directory in which chunks are. */
export const CHUNKS = "chunks";
/** Ends the names of what is not finished. */
export const TEMPORARY = ".tmp";
