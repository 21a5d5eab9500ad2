import { queryInteger } from '@spectra/http-kit';
import { z } from 'zod';

const listMax = 100;
const listDefault = 50;
const offsetMax = 1_000_000;

/** Query fields of a list by limit and offset. */
export const limitOffset = {
  limit: queryInteger({ minimum: 1, maximum: listMax, default: listDefault }),
  offset: queryInteger({ minimum: 0, maximum: offsetMax, default: 0 }),
};

/** Query fields of a list by pages, counted from 1. */
export const pageFields = {
  page: queryInteger({ minimum: 1, maximum: offsetMax / listMax, default: 1 }),
  page_size: queryInteger({ minimum: 1, maximum: listMax, default: listDefault }),
};

/** What a list by limit and offset answers beside its items. */
export const listFacts = {
  total: z.int(),
  limit: z.int(),
  offset: z.int(),
  has_more: z.boolean(),
};

/** The facts of one answered list. */
export function factsOf(list: { items: readonly unknown[]; total: number }, page: Page) {
  return { total: list.total, ...page, has_more: page.offset + list.items.length < list.total };
}

export type Page = { limit: number; offset: number };
