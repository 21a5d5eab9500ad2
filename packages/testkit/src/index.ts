export { expectRowLevelSecurity } from './expect-row-level-security.ts';
export { manualClock, type ManualClock } from './manual-clock.ts';
export { migrationsUpTo } from './migrations-up-to.ts';
export { silentLogger } from './silent-logger.ts';
export { testDatabase, type TestDatabase } from './test-database.ts';
export { ownNats, testMessaging, type OwnNats } from './test-messaging.ts';
