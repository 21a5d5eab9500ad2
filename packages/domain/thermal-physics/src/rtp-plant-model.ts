import { lampCouplingMatrix } from './lamp-coupling.ts';
import { solveLinear } from './linear-algebra.ts';
import { requireInRange, requireNumbers } from './require-in-range.ts';
import { OPAQUE_EMISSIVITY } from './silicon-thermal.ts';

/** The wafer as rings of equal width, one per lamp zone; plain numbers, so it can be stored as JSON. */
export type WaferThermalModel = {
  zones: number;
  diameterMm: number;
  thicknessUm: number;
  /** Area of one face of each ring. */
  zoneAreaCm2: number[];
  /** Area of the rim, which radiates with the outermost ring. */
  rimAreaCm2: number;
  /** Length of the circle between ring i and i+1 over the centre distance of the two rings (dimensionless). */
  ringShape: number[];
  opaqueEmissivity: number;
};

/** RTP chamber: wafer, lamps, cold wall. Built once by `createRtpPlant`, then only read. */
export type RtpPlantModel = {
  wafer: WaferThermalModel;
  lamp: {
    /** Share of lamp zone j's light that falls on wafer ring i: coupling[i][j]. */
    coupling: number[][];
    /** Light each zone sends down at 100 %. */
    radiantPowerMaxW: number[];
    /** Electric power each zone draws at 100 %. */
    electricPowerMaxW: number[];
    timeConstantS: number;
    slewPerS: number;
  };
  wall: { heatCapacityJPerK: number; conductanceWPerK: number; coolantTemperatureK: number };
  gapCm: number;
};

/** What a chamber is built from; everything but zones and diameter has a typical default. */
export type RtpPlantOptions = {
  zoneCount: 4 | 5 | 6;
  waferDiameterMm: 200 | 300;
  waferThicknessUm?: number;
  opaqueEmissivity?: number;
  lampTimeConstantS?: number;
  lampSlewPerS?: number;
  /** Light on the wafer plane with all lamps at 100 %. */
  peakIrradianceWPerCm2?: number;
  /** Light that reaches the wafer plane per electric watt. */
  lampEfficiency?: number;
  lampHeightMm?: number;
  /** Output of each zone relative to a new lamp, for aged or mismatched lamps. */
  lampAgeing?: readonly number[];
  coolantTemperatureK?: number;
  wallTimeConstantS?: number;
  gapMm?: number;
};

/**
 * Builds a multi-zone RTP chamber model whose lamps give the same irradiance everywhere when all stand at
 * the same power.
 *
 * Zone powers P solve W P = q A (W: coupling matrix, q: peak irradiance in W/cm2, A: ring areas in cm2).
 * Defaults: 775 µm (300 mm) or 725 µm (200 mm) SEMI M1 wafer; filament 0.15 s, supply slew 4/s;
 * q = 105 W/cm2, about 72 absorbed and 49 net at 1000 degC: enough for the 250 degC/s spike ramps reported
 * for lamp systems (Lojek, "Early history of rapid thermal processing", RTP 1999; ITRS 2005 front-end tables).
 * Worked value: zoneCount 4, 300 mm: zoneAreaCm2[0] = pi 3.75^2 = 44.179 cm2.
 */
export function createRtpPlant(options: RtpPlantOptions): RtpPlantModel {
  const chosen = { ...defaultsFor(options.waferDiameterMm), ...definedOnly(options) };
  requireOptions(chosen);
  const zones = chosen.zoneCount;
  const ageing = chosen.lampAgeing ?? Array.from({ length: zones }, () => 1);
  requireNumbers('lampAgeing', ageing, zones);
  for (const factor of ageing) requireInRange('lampAgeing', factor, 0.1, 1.5);
  const wafer = buildWafer(chosen);
  const coupling = lampCouplingMatrix({
    zones,
    waferRadiusCm: chosen.waferDiameterMm / 20,
    heightCm: chosen.lampHeightMm / 10,
  });
  const needed = wafer.zoneAreaCm2.map((areaCm2) => areaCm2 * chosen.peakIrradianceWPerCm2);
  const nominalW = solveLinear(coupling, needed);
  const faceCm2 = wafer.zoneAreaCm2.reduce((sum, areaCm2) => sum + areaCm2, 0);
  const conductanceWPerK = WALL_CONDUCTANCE_W_PER_K_CM2 * faceCm2;
  return {
    wafer,
    lamp: {
      coupling,
      radiantPowerMaxW: nominalW.map((powerW, zone) => powerW * (ageing[zone] ?? 1)),
      electricPowerMaxW: nominalW.map((powerW) => powerW / chosen.lampEfficiency),
      timeConstantS: chosen.lampTimeConstantS,
      slewPerS: chosen.lampSlewPerS,
    },
    wall: {
      heatCapacityJPerK: conductanceWPerK * chosen.wallTimeConstantS,
      conductanceWPerK,
      coolantTemperatureK: chosen.coolantTemperatureK,
    },
    gapCm: chosen.gapMm / 10,
  };
}

/** Water-cooled wall: about 60 K above the coolant while a wafer stands at 1000 degC. */
const WALL_CONDUCTANCE_W_PER_K_CM2 = 0.35;

function defaultsFor(waferDiameterMm: number) {
  return {
    waferThicknessUm: waferDiameterMm === 300 ? 775 : 725,
    opaqueEmissivity: OPAQUE_EMISSIVITY,
    lampTimeConstantS: 0.15,
    lampSlewPerS: 4,
    peakIrradianceWPerCm2: 105,
    lampEfficiency: 0.45,
    lampHeightMm: 20,
    coolantTemperatureK: 298.15,
    wallTimeConstantS: 60,
    gapMm: 20,
  };
}

type ChosenOptions = RtpPlantOptions & ReturnType<typeof defaultsFor>;

/** Drops keys that are present but undefined, so that spreading never wipes a default. */
function definedOnly(options: RtpPlantOptions): RtpPlantOptions {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as RtpPlantOptions;
}

function requireOptions(chosen: ChosenOptions): void {
  requireInRange('zoneCount', chosen.zoneCount, 4, 6);
  requireInRange('waferDiameterMm', chosen.waferDiameterMm, 200, 300);
  requireInRange('waferThicknessUm', chosen.waferThicknessUm, 100, 2000);
  requireInRange('opaqueEmissivity', chosen.opaqueEmissivity, 0.1, 1);
  requireInRange('lampTimeConstantS', chosen.lampTimeConstantS, 0.01, 2);
  requireInRange('lampSlewPerS', chosen.lampSlewPerS, 0.1, 1000);
  requireInRange('peakIrradianceWPerCm2', chosen.peakIrradianceWPerCm2, 10, 200);
  requireInRange('lampEfficiency', chosen.lampEfficiency, 0.05, 1);
  requireInRange('lampHeightMm', chosen.lampHeightMm, 5, 60);
  requireInRange('coolantTemperatureK', chosen.coolantTemperatureK, 278.15, 373.15);
  requireInRange('wallTimeConstantS', chosen.wallTimeConstantS, 1, 3600);
  requireInRange('gapMm', chosen.gapMm, 1, 200);
}

function buildWafer(chosen: ChosenOptions): WaferThermalModel {
  const zones = chosen.zoneCount;
  const radiusCm = chosen.waferDiameterMm / 20;
  const widthCm = radiusCm / zones;
  return {
    zones,
    diameterMm: chosen.waferDiameterMm,
    thicknessUm: chosen.waferThicknessUm,
    zoneAreaCm2: Array.from({ length: zones }, (_, i) => Math.PI * widthCm ** 2 * (2 * i + 1)),
    rimAreaCm2: 2 * Math.PI * radiusCm * chosen.waferThicknessUm * 1e-4,
    ringShape: Array.from({ length: zones - 1 }, (_, i) => 2 * Math.PI * (i + 1)),
    opaqueEmissivity: chosen.opaqueEmissivity,
  };
}
