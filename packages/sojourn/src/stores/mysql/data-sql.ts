/*
 * A session's data is one JSON object, with a line end before each member (see script.ts). These
 * expressions change one member of it as text: the database neither parses nor normalises what an app
 * keeps, so numbers, escapes and the order of members stay as they were given.
 */

const lineEnd = "CHAR(10 USING utf8mb4)";

/** The object up to its last member, and a comma after that: ready for another. */
const open = `CONCAT(LEFT(data, CHAR_LENGTH(data) - 1), IF(data = '{}', '', ','))`;

/** The same without one member. @param name quoted as JSON. */
function without(name: string): string {
  const before = `SUBSTRING_INDEX(${open}, CONCAT(${lineEnd}, ${name}, ':') COLLATE utf8mb4_bin, 1)`;
  const from = `SUBSTRING(${open}, CHAR_LENGTH(${before}) + 1)`;
  const next = `LOCATE(${lineEnd}, ${from}, 2)`;
  return `CONCAT(${before}, IF(${next} = 0, '', SUBSTRING(${from}, ${next})))`;
}

/** What the column `data` becomes. Names and values are parameters with JSON in them. */
export const changedData = {
  /** With one member set. */
  set: (name: string, value: string): string =>
    `CONCAT(${without(name)}, ${lineEnd}, ${name}, ':', ${value}, '}')`,

  /** With one member removed. */
  remove: (name: string): string => `CONCAT(TRIM(TRAILING ',' FROM ${without(name)}), '}')`,

  /** Whether a member is there and has just this value. */
  holds: (name: string, value: string): string =>
    `LOCATE(CONCAT(${lineEnd}, ${name}, ':', ${value}, ',', ${lineEnd}) COLLATE utf8mb4_bin, CONCAT(${open}, ${lineEnd})) > 0`,

  /** How many bytes of JSON that is: the line ends are ours and do not count. */
  bytes: (data: string): string => `LENGTH(REPLACE(${data}, ${lineEnd}, ''))`,
};
