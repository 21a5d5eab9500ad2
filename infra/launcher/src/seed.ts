import {
  calibrationSchema,
  equipmentSchema,
  processRpc,
  recipeSchema,
  sopSchema,
  type Bootstrap,
} from '@spectra/schemas';
import { z } from 'zod';
import { logIn, type ApiClient } from './api-client.ts';

const dayMs = 24 * 3_600_000;
const calibratedForDays = 180;

const toolsOf = [
  { process: 'ion', prefix: 'IMP', name: 'Implanter' },
  { process: 'rtp', prefix: 'RTP', name: 'RTP chamber' },
] as const;

const sopsOf = [
  { process: 'ion', title: 'Ion implantation', body: 'Implants within the limits of the recipe checks.' },
  {
    process: 'rtp',
    title: 'Rapid thermal processing',
    body: 'Anneals within the limits of the recipe checks.',
  },
] as const;

/** Named recipes of the demo; a run may ask for them by `recipe_id`. */
const recipesOf = [
  {
    process: 'ion',
    name: 'Phosphorus 40 keV 1e15',
    recipe: {
      species: 'P',
      energy_kev: 40,
      dose_atoms_cm2: 1e15,
      tilt_deg: 7,
      beam_current_ma: 5,
      scan_speed_mm_s: 50,
    },
  },
  {
    process: 'rtp',
    name: 'Activation 1000 C 10 s',
    recipe: {
      segments: [
        { target_temp_c: 1000, duration_s: 20, ramp_rate_c_s: 80 },
        { target_temp_c: 1000, duration_s: 10 },
      ],
      controller_type: 'mpc',
    },
  },
] as const;

/** Adds to the demo organisation what it lacks: tools, valid calibrations, an approved SOP and recipe of each process. */
export async function seedDemo(gatewayUrl: string, accounts: Bootstrap): Promise<void> {
  const engineer = await logIn(gatewayUrl, accountOf(accounts, 'engineer'));
  const admin = await logIn(gatewayUrl, accountOf(accounts, 'admin'));
  await Promise.all([seedTools(engineer), seedSops(engineer, admin)]);
  await seedRecipes(engineer, admin);
}

/** The demo user of a role. */
export function accountOf(accounts: Bootstrap, role: string): Bootstrap['users'][number] {
  const account = accounts.users.find((user) => user.role === role);
  if (account === undefined) {
    throw new Error(`There is no demo user of the role "${role}"; there are ${rolesOf(accounts)}`);
  }
  return account;
}

function rolesOf(accounts: Bootstrap): string {
  return accounts.users.map((user) => user.role).join(', ');
}

async function seedTools(engineer: ApiClient): Promise<void> {
  const known = await engineer.get(
    '/api/equipment?limit=100',
    z.object({ equipment: z.array(equipmentSchema) }),
  );
  const names = new Set(known.equipment.map((tool) => tool.equipment_id));
  const wanted = toolsOf.flatMap(({ process, prefix, name }) =>
    [1, 2, 3, 4].map((number) => ({
      process,
      equipment_id: `${prefix}-0${number}`,
      name: `${name} ${number}`,
    })),
  );
  for (const tool of wanted) {
    if (!names.has(tool.equipment_id)) await engineer.post('/api/equipment', tool, equipmentSchema);
    await seedCalibrations(engineer, tool.equipment_id);
  }
}

/** Every type that the tool lacks, or whose newest calibration has run out. */
async function seedCalibrations(engineer: ApiClient, equipmentId: string): Promise<void> {
  const tool = await engineer.get(`/api/equipment/${equipmentId}`, processRpc.getEquipment.reply);
  const usable = new Set(
    tool.calibrations
      .filter(({ state }) => state !== 'expired' && state !== 'revoked')
      .map(({ type }) => type),
  );
  const lapsed = tool.calibrations.map(({ type }) => type).filter((type) => !usable.has(type));
  const performedMs = Date.now() - dayMs;
  for (const type of new Set([...tool.missing_calibrations, ...lapsed])) {
    const calibration = {
      equipment_id: equipmentId,
      type,
      performed_at: new Date(performedMs).toISOString(),
      valid_until: new Date(performedMs + calibratedForDays * dayMs).toISOString(),
      certificate: `DEMO-${equipmentId}-${type}`,
    };
    await engineer.post('/api/calibrations', calibration, calibrationSchema);
  }
}

async function seedSops(engineer: ApiClient, admin: ApiClient): Promise<void> {
  const known = await engineer.get('/api/sops?limit=100', z.object({ sops: z.array(sopSchema) }));
  for (const content of sopsOf) {
    const own = known.sops.filter(({ process }) => process === content.process);
    if (own.some(({ status }) => status === 'approved')) continue;
    const draft =
      own.find(({ status, title }) => status === 'draft' && title === content.title) ??
      (await engineer.post('/api/sops', { ...content, hazard_class: 'medium' }, sopSchema));
    // Nobody approves what they wrote: the engineer wrote it, the administrator signs.
    const signature = { meaning: 'Reviewed and approved', content_hash: draft.content_hash };
    await admin.post(`/api/sops/${draft.sop_id}/approvals`, signature, sopSchema);
  }
}

/** Under the SOP of each process; a recipe of that name is left as it is, whatever became of it. */
async function seedRecipes(engineer: ApiClient, admin: ApiClient): Promise<void> {
  const { sops } = await engineer.get('/api/sops?limit=100', z.object({ sops: z.array(sopSchema) }));
  for (const content of recipesOf) {
    const sop = sops.find(({ process, status }) => process === content.process && status === 'approved');
    if (sop === undefined || (await isKnown(engineer, content.name))) continue;
    const draft = await engineer.post('/api/recipes', { ...content, sop_id: sop.sop_id }, recipeSchema);
    await engineer.post(`/api/recipes/${draft.recipe_id}/submit`, {}, recipeSchema);
    const signature = { meaning: 'Reviewed and approved', content_hash: draft.content_hash };
    await admin.post(`/api/recipes/${draft.recipe_id}/approvals`, signature, recipeSchema);
  }
}

async function isKnown(engineer: ApiClient, name: string): Promise<boolean> {
  const list = z.object({ recipes: z.array(recipeSchema) });
  const found = await engineer.get(`/api/recipes?name=${encodeURIComponent(name)}`, list);
  return found.recipes.some((recipe) => recipe.name === name);
}
