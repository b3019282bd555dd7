/**
 * The closed list of reasons; the interface has a sentence for each. Of keys that only the bucket has: `remote-only` was
 * put there by this place's syncs, `changed-by-others` was, too, but has been overwritten since, `not-ours` was not.
 * Free of zod, so that a sync does without it.
 */
export const syncReasons = [
  'new',
  'size-differs',
  'content-differs',
  'unverified',
  'header-differs',
  'same',
  'remote-only',
  'not-ours',
  'changed-by-others',
  'folder-marker',
  'excluded',
  'symlink',
  'special-file',
  'unreadable',
  'name-not-utf8',
  'name-collision',
  'key-too-long',
  'pails-own',
] as const
