import { streams } from '@spectra/schemas';
import { z } from 'zod';

const name = z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, 'lower case letters, digits and hyphens');
const variable = z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'the name of an environment variable');

/** One reader of another fab system, cut to one organisation. */
const readerSchema = z.strictObject({
  name,
  org_id: z.uuid(),
  /** `live`: what happens while it is connected. `durable`: everything, from a consumer that keeps its place. */
  kind: z.enum(['live', 'durable']),
  /** Environment variable of the server that holds the reader's password. */
  password_variable: variable,
});
export type Reader = z.infer<typeof readerSchema>;

/** Who may enter the NATS server: the platform's services, and readers. */
export const natsAccessSchema = z
  .strictObject({
    services_user: name.default('spectra-services'),
    services_password_variable: variable.default('SPECTRA_SERVICES_PASSWORD'),
    readers: z.array(readerSchema).max(1_000),
  })
  .refine(({ readers }) => new Set(readers.map((reader) => reader.name)).size === readers.length, {
    message: 'each reader needs a name of its own',
    path: ['readers'],
  });
export type NatsAccess = z.output<typeof natsAccessSchema>;

/** Everything that a reader sees carries this prefix in its own account. */
const importPrefix = 'spectra';

/**
 * The `accounts` part of nats-server.conf. A live reader has an account of its own with the organisation's subjects
 * imported under a prefix: nothing else exists there, and it may publish nothing. A durable reader is a user beside
 * the services that may ask for the next messages of its own consumer, look at it, and acknowledge; its answers come
 * to a private inbox. Nobody but the services gets `_INBOX.>` or `>`, and nobody enters without a name.
 */
export function natsAccess(access: NatsAccess): string {
  const live = access.readers.filter(({ kind }) => kind === 'live');
  const durable = access.readers.filter(({ kind }) => kind === 'durable');
  return [
    'accounts {',
    '  SPECTRA {',
    '    jetstream: enabled',
    '    users: [',
    `      { user: "${access.services_user}", password: $${access.services_password_variable} }`,
    ...durable.map(durableUser),
    '    ]',
    '    exports: [',
    ...live.map((reader) => `      { stream: "${subjectsOf(reader)}", accounts: [${accountOf(reader)}] }`),
    '    ]',
    '  }',
    ...live.flatMap(liveAccount),
    '}',
    '',
  ].join('\n');
}

function durableUser(reader: Reader): string {
  const consumer = `${streams.runs.name}.${consumerOf(reader)}`;
  const publish = [
    `$JS.API.CONSUMER.MSG.NEXT.${consumer}`,
    `$JS.API.CONSUMER.INFO.${consumer}`,
    `$JS.ACK.${consumer}.>`,
  ];
  const permissions = `publish: { allow: ${list(publish)} }, subscribe: { allow: ${list([`${inboxOf(reader)}.>`])} }`;
  return `      { user: "${reader.name}", password: $${reader.password_variable}, permissions: { ${permissions} } }`;
}

function liveAccount(reader: Reader): string[] {
  const seen = `${importPrefix}.${subjectsOf(reader)}`;
  const permissions = `publish: { deny: ">" }, subscribe: { allow: ${list([seen])} }`;
  return [
    `  ${accountOf(reader)} {`,
    '    users: [',
    `      { user: "${reader.name}", password: $${reader.password_variable}, permissions: { ${permissions} } }`,
    '    ]',
    `    imports: [ { stream: { account: SPECTRA, subject: "${subjectsOf(reader)}" }, prefix: "${importPrefix}" } ]`,
    '  }',
  ];
}

/** Name of the reader's consumer on the stream of run messages, made for it by the administrator. */
export function consumerOf(reader: Pick<Reader, 'name'>): string {
  return `reader-${reader.name}`;
}

/** Prefix of the reader's private inbox; its client must be told to use it. */
function inboxOf(reader: Pick<Reader, 'name'>): string {
  return `_INBOX_${reader.name.replaceAll('-', '_')}`;
}

/** Subjects of the reader's organisation, and of no other. */
export function subjectsOf(reader: Pick<Reader, 'org_id'>): string {
  return `fab.${reader.org_id}.>`;
}

function accountOf(reader: Reader): string {
  return `FAB_${reader.name.replaceAll('-', '_').toUpperCase()}`;
}

function list(subjects: readonly string[]): string {
  return `[${subjects.map((subject) => JSON.stringify(subject)).join(', ')}]`;
}
