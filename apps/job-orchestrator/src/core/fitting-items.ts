/** A message holds 1 MB, and something is written around the items. */
const answerBytesMax = 900_000;

/**
 * The first items that one answer carries, one at least: of a page whose records are large the asker gets the beginning,
 * and asks for the rest behind it.
 */
export function fittingItems<Item>(items: readonly Item[]): Item[] {
  let bytes = 0;
  const end = items.findIndex((item, index) => {
    bytes += Buffer.byteLength(JSON.stringify(item)) + 1;
    return index > 0 && bytes > answerBytesMax;
  });
  return end < 0 ? [...items] : items.slice(0, end);
}
