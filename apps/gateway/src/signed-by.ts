import type { Principal } from '@spectra/http-kit';
import { accept, refuse, type Result } from '@spectra/schemas';

/** How the person behind a signature proved who they are; programs cannot sign. */
export function signedBy(
  principal: Principal,
): Result<{ authenticated_at: string; auth_method: 'password' }> {
  const { authenticatedAt } = principal;
  if (authenticatedAt === null) {
    return refuse('fresh_login_required', 'A program cannot sign; sign in as a person.');
  }
  // The only way in for people so far.
  return accept({ authenticated_at: authenticatedAt, auth_method: 'password' });
}
