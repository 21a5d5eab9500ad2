import type { FieldError } from '@spectra/schemas';
import { commonPasswords } from './common-passwords.ts';

const longEnough = 12;
const shortWithAllClasses = 8;
const characterClasses = [/[a-z]/, /[A-Z]/, /[0-9]/, /[^A-Za-z0-9]/];

/**
 * The rule of a new password: at least 12 characters, or at least 8 with a small and a capital letter, a digit
 * and another sign; and not one that everybody tries first. Null when the password is good.
 */
export function passwordFault(password: string, path = 'password'): FieldError | null {
  const length = Array.from(password).length;
  const classes = characterClasses.filter((form) => form.test(password)).length;
  if (length < shortWithAllClasses || (length < longEnough && classes < characterClasses.length)) {
    return {
      path,
      message: 'too weak: at least 12 characters, or at least 8 with small, capital, digit and other sign',
      limit: { minimum_length: longEnough, minimum_length_with_four_classes: shortWithAllClasses },
    };
  }
  if (isCommon(password)) return { path, message: 'too common: this password is among the first ones tried' };
  return null;
}

/** Digits and signs hung onto a common word make it no better. */
function isCommon(password: string): boolean {
  const plain = password.toLowerCase();
  const stem = plain
    .replace(/^[^a-z]+|[^a-z]+$/g, '')
    .replaceAll('@', 'a')
    .replaceAll('0', 'o')
    .replaceAll('$', 's');
  return commonPasswords.has(plain) || (commonPasswords.has(stem) && plain.length - stem.length <= 4);
}
