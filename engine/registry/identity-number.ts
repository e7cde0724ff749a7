/** The weights of the first 17 digits in GB 11643, and the check characters by remainder. */
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
const CHECKS = '10X98765432'
const FORM = /^[1-9]\d{16}[\dX]$/

/** The last of the 18 characters of an identity number (公民身份号码, GB 11643) whose first 17 these are. */
export function checkCharacterOf(digits: string): string {
  const sum = WEIGHTS.reduce((total, weight, i) => total + weight * Number(digits[i]), 0)
  return CHECKS[sum % CHECKS.length]!
}

/** Whether somebody may have this identity number: no digit of it is wrong or in another's place. */
export function isIdentityNumber(number: string): boolean {
  return FORM.test(number) && number[17] === checkCharacterOf(number)
}
