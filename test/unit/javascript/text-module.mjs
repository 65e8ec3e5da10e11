/** Functions for tests that give functions by module and export. */
export const shout = (text) => `${text.toUpperCase()}!`;
export const later = async (text) => {
  await new Promise((resolve) => setTimeout(resolve, 1));
  return `later ${text}`;
};
