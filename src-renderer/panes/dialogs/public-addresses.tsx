import { useState } from 'react'
import type { AppError } from '../../../src-preload/contract/app-error.ts'
import type { PublicDomain } from '../../../src-preload/contract/bucket-switch.ts'
import type { Destination } from '../../../src-preload/contract/destination.ts'
import { Button } from '../../components/button.tsx'
import { destinationInputOf, formOfDestination } from '../../stores/destination-form.ts'
import { visibleName } from '../../text/visible-name.ts'
import { ErrorHere } from '../error-here.tsx'
import { useFrom, useWindow } from '../window-context.ts'

interface PublicAddressesProps {
  profileId: string
  bucket: string
  domains: readonly PublicDomain[]
}

/** Offers the addresses at which everybody reads the bucket to its destinations that have no base URL yet. */
export function PublicAddresses({ profileId, bucket, domains }: PublicAddressesProps) {
  const { stores } = useWindow()
  const [error, setError] = useState<AppError | null>(null)
  const all = useFrom(
    (each) => each.destinations,
    (state) => state.destinations,
  )
  const lacking = all.filter(
    (each) => each.profileId === profileId && each.bucket === bucket && each.baseUrl === null,
  )
  // A domain of one's own is what visitors are meant to see.
  const offered = domains.filter(({ enabled }) => enabled).toSorted((a, b) => a.kind.localeCompare(b.kind))
  if (lacking.length === 0 || offered.length === 0) return <ErrorHere error={error} />
  const use = async (destination: Destination, baseUrl: string) => {
    const input = destinationInputOf(
      { ...formOfDestination(destination), baseUrl },
      profileId,
      bucket,
      destination,
    )
    const result = await stores.destinations.getState().update(destination.id, input)
    setError(result.ok ? null : result.error)
  }
  return (
    <section className="field" aria-label="Addresses for visitors">
      <span className="field-label">Addresses for visitors</span>
      <ul>
        {lacking.slice(0, 20).flatMap((destination) =>
          offered.slice(0, 5).map(({ domain, baseUrl }) => (
            <li key={`${destination.id} ${domain}`} className="row change-made">
              <span className="grow selectable">
                {domain} <span className="muted">for “{visibleName(destination.name)}”</span>
              </span>
              <Button onClick={() => void use(destination, baseUrl)}>Use as base URL</Button>
            </li>
          )),
        )}
      </ul>
      <ErrorHere error={error} />
    </section>
  )
}
