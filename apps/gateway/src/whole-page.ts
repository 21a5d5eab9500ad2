import { accept, type Result } from '@spectra/schemas';

type Part<Item> = { items: Item[]; total: number };

/**
 * Asks for a page until it is whole: an answer holds no more than fits a message, so of large records only the first
 * come at once.
 */
export async function wholePage<Item>(
  page: { limit: number; offset: number },
  askFor: (part: { limit: number; offset: number }) => Promise<Result<Part<Item>>>,
): Promise<Result<Part<Item>>> {
  const items: Item[] = [];
  for (;;) {
    const offset = page.offset + items.length;
    const part = await askFor({ limit: page.limit - items.length, offset });
    if (!part.ok) return part;
    items.push(...part.value.items);
    const { total } = part.value;
    const isWhole = items.length >= page.limit || page.offset + items.length >= total;
    if (isWhole || part.value.items.length === 0) return accept({ items, total });
  }
}
