import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { computeRuns, RECORD_FILE, recordText } from './recorded-runs.ts';
import { renderReport } from './report.ts';
import { allFailures, validate } from './validate.ts';

/**
 * Writes docs/validation.md, its pictures and the Monte Carlo numbers behind it, all computed anew (about two
 * minutes). Ends with 1 when a row is outside its tolerance; the report is written all the same and says so.
 */
const docs = new URL('../../docs/', import.meta.url);
const startMs = performance.now();
const runs = computeRuns((text) => process.stderr.write(`\r${text.padEnd(40)}`));
process.stderr.write('\r');

const validation = validate(runs);
const files = new Map([...renderReport(validation, runs), [RECORD_FILE, recordText(runs)]]);
const folder = new URL('validation/', docs);
mkdirSync(folder, { recursive: true });
// A picture that the report no longer shows must not stay behind.
for (const name of readdirSync(folder)) {
  if (!files.has(`validation/${name}`)) rmSync(new URL(name, folder));
}
for (const [name, text] of files) writeFileSync(new URL(name, docs), text);

const failures = allFailures(validation);
const seconds = ((performance.now() - startMs) / 1000).toFixed(0);
const verdict = failures.length === 0 ? 'every row is within its tolerance' : failures.join('\n');
process.stdout.write(
  `docs/validation.md and ${files.size - 1} files beside it written in ${seconds} s\n${verdict}\n`,
);
process.exitCode = failures.length === 0 ? 0 : 1;
