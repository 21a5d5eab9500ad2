import type { Invariant } from './invariant.ts';

/** Room for caches, pools and the collector's mood; a leak of a campaign passes it. */
const memoryGrowthMb = 350;
const descriptorGrowth = 60;
const connectionsMax = 110;

export const resources: Invariant = {
  id: 'I12',
  promise: 'sockets, memory, connections and pending acks are back to base',
  check({ footprints, databaseConnections, pendingAcks }) {
    const grown = footprints.flatMap(({ service, base, now }) => [
      ...(now.rssMb > base.rssMb + memoryGrowthMb
        ? [`${service} grew from ${base.rssMb} to ${now.rssMb} MB`]
        : []),
      ...(now.descriptors > base.descriptors + descriptorGrowth
        ? [`${service} holds ${now.descriptors} descriptors instead of ${base.descriptors}`]
        : []),
    ]);
    return [
      ...grown,
      ...(databaseConnections.now > connectionsMax
        ? [`${databaseConnections.now} database connections are open`]
        : []),
      ...(pendingAcks > 0 ? [`${pendingAcks} deliveries are still not acknowledged`] : []),
    ];
  },
};
