import type { ReactNode } from 'react'
import type { ToldOpens } from '../../src-preload/contract/told-opens.ts'
import { Note } from './note.tsx'
import { OpensList } from './opens-list.tsx'

interface BecomesPublicProps {
  title: string
  bucket: string
  opens: ToldOpens
  children?: ReactNode
}

/** What everybody can read afterwards, as a warning before it is done (S44). */
export function BecomesPublic({ title, bucket, opens, children }: BecomesPublicProps) {
  return (
    <Note kind="danger" title={title}>
      <OpensList bucket={bucket} opens={opens} />
      {children}
    </Note>
  )
}
