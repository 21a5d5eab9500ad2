/** A row of atoms of the diamond lattice: its Miller indices and the mean spacing along it in cell edges. */
type AxisFamily = { name: string; indices: readonly [number, number, number]; spacing: number };

/** A family of planes with the mean distance of neighbouring sheets in cell edges. */
type PlaneFamily = { name: string; indices: readonly [number, number, number]; spacing: number };

const AXES: readonly AxisFamily[] = [
  { name: '<100>', indices: [1, 0, 0], spacing: 1 },
  { name: '<110>', indices: [1, 1, 0], spacing: Math.SQRT1_2 },
  { name: '<111>', indices: [1, 1, 1], spacing: Math.sqrt(3) / 2 },
  { name: '<211>', indices: [2, 1, 1], spacing: Math.sqrt(1.5) },
];

const PLANES: readonly PlaneFamily[] = [
  { name: '{110}', indices: [1, 1, 0], spacing: Math.SQRT2 / 4 },
  { name: '{100}', indices: [1, 0, 0], spacing: 1 / 4 },
  { name: '{111}', indices: [1, 1, 1], spacing: Math.sqrt(3) / 4 },
];

type Vector = readonly [number, number, number];

/** A low-index row or plane near the beam: its angle to the beam and its spacing in cell edges. */
export type CrystalNeighbour = { name: string; angleDeg: number; spacing: number };

/**
 * Unit vector of the beam in crystal axes for a (100) wafer with a <011> notch: x along [100] into the wafer;
 * twist turns the beam's tilt direction from [011]. So tilt at twist 0° lies in a {110} plane, at 45° in {100}.
 */
export function beamInCrystal(tiltDeg: number, twistDeg: number): Vector {
  const tilt = (tiltDeg * Math.PI) / 180;
  const azimuth = ((twistDeg + 45) * Math.PI) / 180;
  return [Math.cos(tilt), Math.sin(tilt) * Math.cos(azimuth), Math.sin(tilt) * Math.sin(azimuth)];
}

/** All low-index axes, each at its smallest angle to the beam. */
export function axesNear(beam: Vector): CrystalNeighbour[] {
  return AXES.map(({ name, indices, spacing }) => {
    const cosine = Math.max(...equivalents(indices).map((axis) => Math.abs(dot(beam, axis))));
    return { name, spacing, angleDeg: (Math.acos(Math.min(1, cosine)) * 180) / Math.PI };
  });
}

/** All low-index planes, each at its smallest angle to the beam. */
export function planesNear(beam: Vector): CrystalNeighbour[] {
  return PLANES.map(({ name, indices, spacing }) => {
    const sine = Math.min(...equivalents(indices).map((normal) => Math.abs(dot(beam, normal))));
    return { name, spacing, angleDeg: (Math.asin(Math.min(1, sine)) * 180) / Math.PI };
  });
}

/** Unit vectors of all cyclic permutations (enough here: two indices are alike) and signs, one of each opposite pair being enough. */
function equivalents([h, k, l]: Vector): Vector[] {
  const norm = Math.hypot(h, k, l);
  const orders: Vector[] = [
    [h, k, l],
    [l, h, k],
    [k, l, h],
  ];
  return orders.flatMap(([a, b, c]) =>
    [
      [a, b, c],
      [a, -b, c],
      [a, b, -c],
      [a, -b, -c],
    ].map(([x = 0, y = 0, z = 0]): Vector => [x / norm, y / norm, z / norm]),
  );
}

function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
