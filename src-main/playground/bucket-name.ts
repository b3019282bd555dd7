const reservedPrefixes = ['xn--', 'sthree-', 'amzn-s3-demo-']
const reservedSuffixes = ['-s3alias', '--ol-s3', '.mrap', '--x-s3', '--table-s3']

/**
 * Why a name cannot be a general purpose bucket's name, or undefined when it can
 * (S3 User Guide, "General purpose bucket naming rules").
 */
export function bucketNameProblem(name: string): string | undefined {
  if (name.length < 3 || name.length > 63) return 'Bucket names must be between 3 and 63 characters long.'
  if (!/^[a-z0-9.-]+$/.test(name))
    return 'Bucket names can consist only of lowercase letters, numbers, periods and hyphens.'
  if (!/^[a-z0-9].*[a-z0-9]$/.test(name)) return 'Bucket names must begin and end with a letter or number.'
  if (name.includes('..')) return 'Bucket names must not contain two adjacent periods.'
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(name)) return 'Bucket names must not be formatted as an IP address.'
  const prefix = reservedPrefixes.find((start) => name.startsWith(start))
  if (prefix !== undefined) return `Bucket names must not start with ${prefix}.`
  const suffix = reservedSuffixes.find((end) => name.endsWith(end))
  if (suffix !== undefined) return `Bucket names must not end with ${suffix}.`
  return undefined
}

// Bucket names are global on AWS: short obvious ones have belonged to others for years. These few stand for
// them, so that "the name is taken" can be met here too.
const takenByOthers = new Set(['example', 'amazon', 'taken-by-somebody-else'])

/** Whether the name belongs to another account of this little world. */
export function isTakenByOthers(name: string): boolean {
  return takenByOthers.has(name)
}
