import type { World } from './world.ts';

/** Requests and replies between processes: each may be late, lost, doubled, or overtaken by a later one. */
export interface Bus {
  /** `serve` answers null when it does not answer (its process is down); `heard` gets what came back, if anything. */
  request<Reply>(serve: () => Reply | null, heard: (reply: Reply) => void): void;
}

export function createBus(world: World): Bus {
  const travel = (arrive: () => void) => {
    if (world.stormy && world.happens(0.04)) return world.hit('message lost');
    const late = world.stormy && world.happens(0.1);
    world.after(late ? world.between(50, 3_000) : world.between(1, 10), arrive);
  };
  return {
    request: (serve, heard) => {
      const arrive = () => {
        const reply = serve();
        if (reply !== null) travel(() => heard(reply));
      };
      travel(arrive);
      if (!world.stormy || !world.happens(0.05)) return;
      world.hit('message doubled');
      world.after(world.between(5, 4_000), () => void serve());
    },
  };
}
