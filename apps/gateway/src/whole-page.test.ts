import { accept, refuse } from '@spectra/schemas';
import { expect, test } from 'vitest';
import { wholePage } from './whole-page.ts';

const all = Array.from({ length: 25 }, (_, index) => index);

test.each([
  { limit: 10, offset: 0 },
  { limit: 10, offset: 20 },
  { limit: 100, offset: 3 },
  { limit: 5, offset: 25 },
  { limit: 1, offset: 24 },
])('the page %o is what was asked for, in however small parts it comes', async (page) => {
  for (const most of [1, 2, 3, 7, 100]) {
    const found = await wholePage(page, async ({ limit, offset }) =>
      accept({ items: all.slice(offset, offset + Math.min(limit, most)), total: all.length }),
    );
    expect(found).toEqual(
      accept({ items: all.slice(page.offset, page.offset + page.limit), total: all.length }),
    );
  }
});

test('a part that is refused refuses the page', async () => {
  const refusal = refuse('dependency_unavailable', 'away');
  const page = await wholePage({ limit: 9, offset: 0 }, async ({ offset }) =>
    offset === 0 ? accept({ items: ['first'], total: 5 }) : refusal,
  );
  expect(page).toEqual(refusal);
});
