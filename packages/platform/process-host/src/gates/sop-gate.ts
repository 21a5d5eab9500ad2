import { accept, refuse } from '@spectra/schemas';
import type { FieldError, Result, Sop } from '@spectra/schemas';

/** The numbers of a recipe that a SOP may bound, by wire name. */
export type LimitValues = Readonly<Record<string, { lowest: number; highest: number }>>;

/** The SOP that was asked for must be approved and cover the recipe. */
export function sopGate(sop: Sop, values: LimitValues): Result<Sop> {
  if (sop.status !== 'approved') {
    return refuse('sop_approval_missing', `SOP "${sop.title}" (${sop.sop_id}) ${whyNotInForce(sop)}`, [
      {
        path: 'sop_id',
        message: `is ${sop.status}`,
        value: sop.sop_id,
        limit: { approvals: sop.approvals_required },
      },
    ]);
  }
  const errors = sopViolations(sop, values);
  if (errors.length === 0) return accept(sop);
  return refuse('sop_limit_exceeded', `The recipe is outside SOP "${sop.title}" (${sop.sop_id})`, errors);
}

function whyNotInForce({ status, status_reason, approvals, approvals_required }: Sop): string {
  if (status === 'draft' || status === 'submitted') {
    return `lacks ${approvals_required - approvals.length} of ${approvals_required} approvals`;
  }
  return status_reason === null ? `is ${status}` : `is ${status} (${status_reason})`;
}

/** The first approved SOP that covers the recipe; if none does, the reason of the first. */
export function anySopGate(approved: readonly Sop[], values: LimitValues): Result<Sop> {
  const covering = approved.find((sop) => sopViolations(sop, values).length === 0);
  if (covering) return accept(covering);
  const first = approved[0];
  if (first) return sopGate(first, values);
  return refuse('sop_approval_missing', 'The organisation has no approved SOP for this process', [
    { path: 'sop_id', message: 'no approved SOP exists' },
  ]);
}

function sopViolations(sop: Sop, values: LimitValues): FieldError[] {
  return Object.entries(sop.limits).flatMap(([name, { minimum, maximum }]) => {
    const value = values[name];
    if (!value) return [];
    const errors: FieldError[] = [];
    if (minimum !== undefined && value.lowest < minimum) {
      errors.push({
        path: name,
        message: 'below the limit of the SOP',
        value: value.lowest,
        limit: { minimum },
      });
    }
    if (maximum !== undefined && value.highest > maximum) {
      errors.push({
        path: name,
        message: 'above the limit of the SOP',
        value: value.highest,
        limit: { maximum },
      });
    }
    return errors;
  });
}
