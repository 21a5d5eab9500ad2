import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    exclude: ['**/node_modules/**', '.spectra/**'],
    globalSetup: ['packages/testkit/src/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'parts',
          include: ['{apps,packages,bench,infra,tests}/**/*.test.ts'],
          exclude: ['**/node_modules/**', '.spectra/**', 'tests/line/**', 'tests/faults/campaign.test.ts'],
          sequence: { groupOrder: 1 },
        },
      },
      {
        // Whole platforms of six processes: afterwards and one at a time, so that no other test takes their time.
        extends: true,
        test: {
          name: 'line',
          include: ['tests/line/**/*.test.ts', 'tests/faults/campaign.test.ts'],
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
