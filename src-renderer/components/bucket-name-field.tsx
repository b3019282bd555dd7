import { TextField } from './field.tsx'

interface BucketNameFieldProps {
  bucket: string
  typed: string
  onTyped: (typed: string) => void
}

/** Where the bucket's name is typed before much is changed at once (S44, S46, S48). */
export function BucketNameField({ bucket, typed, onTyped }: BucketNameFieldProps) {
  return (
    <TextField label="Type the bucket name to confirm" value={typed} onValue={onTyped} placeholder={bucket} />
  )
}
