import { useEffect, useState } from 'react'
import { normalisedPrefix } from '../../../src-preload/contract/destination-overlap.ts'
import { type PlaceOpening, placeOpeningText } from '../../../src-preload/contract/place-opening.ts'
import { Note } from '../../components/note.tsx'
import { visibleName } from '../../text/visible-name.ts'
import { useWindow } from '../window-context.ts'

/** So long, in milliseconds, nothing is asked while somebody types. */
const typingMs = 400

interface PrivatePlaceNoteProps {
  profileId: string
  bucket: string
  prefix: string
}

/** That everybody can read what is put into a private destination, said before it is made; nothing where that is not known. */
export function PrivatePlaceNote({ profileId, bucket, prefix }: PrivatePlaceNoteProps) {
  const { stores } = useWindow()
  const asked = normalisedPrefix(prefix.trim())
  const [answer, setAnswer] = useState<{ asked: string; opening: PlaceOpening | null } | null>(null)
  useEffect(() => {
    let isWanted = true
    const timer = setTimeout(() => {
      void stores.objects.findPlaceOpening({ profileId, bucket, prefix: asked }).then((result) => {
        if (isWanted) setAnswer({ asked, opening: result.ok ? (result.value.opening ?? null) : null })
      })
    }, typingMs)
    return () => {
      isWanted = false
      clearTimeout(timer)
    }
  }, [stores, profileId, bucket, asked])
  // What was found of another folder is none of this one.
  if (answer === null || answer.asked !== asked || answer.opening === null) return null
  return (
    <Note kind="warning" title="Not private there">
      {visibleName(placeOpeningText(answer.opening, asked))}
    </Note>
  )
}
