import { measureBase } from './evidence/collect.ts';
import type { Base } from './evidence/collect.ts';
import { clientsOf } from './load/fab-client.ts';
import type { Call, FabClient } from './load/fab-client.ts';
import { furnish } from './load/fab.ts';
import type { PlatformPlan } from './platform/environments.ts';
import { FaultPlatform } from './platform/fault-platform.ts';

/** A platform with its people and tools, ready for a round. */
export interface Stage {
  readonly platform: FaultPlatform;
  readonly engineers: readonly FabClient[];
  readonly admins: readonly FabClient[];
  readonly calls: Call[];
  readonly base: Base;
}

/** Starts a platform, signs everybody in and furnishes the fab. */
export async function openStage(plan: PlatformPlan): Promise<Stage> {
  const platform = await FaultPlatform.start(plan);
  try {
    const calls: Call[] = [];
    const engineers = await clientsOf(platform.url, 'engineer', calls);
    const admins = await clientsOf(platform.url, 'admin', calls);
    await furnish(engineers, admins);
    return { platform, engineers, admins, calls, base: await measureBase(platform) };
  } catch (error) {
    await platform.close();
    throw error;
  }
}
