/** The directory in which chunks are. */
export const CHUNKS = "chunks";
/** The directory in which streams that are pushed keep their journals, for each a folder. */
export const JOURNALS = "journals";
/** Ends the names of what is not finished. */
export const TEMPORARY = ".tmp";
