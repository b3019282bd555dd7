import type { DjangoProject, DjangoSource } from '../../../src-preload/contract/django.ts'
import { providerPresets } from '../../../src-preload/contract/provider-presets.ts'
import { CheckField, SelectField } from '../../components/choice-fields.tsx'
import { TextField } from '../../components/field.tsx'
import { Note } from '../../components/note.tsx'
import type { DjangoDestinationForm, DjangoForm } from '../../stores/django-form.ts'
import { destinationFormProblems, isSameService, openFacts, whyAsked } from '../../stores/django-form.ts'
import { conflictWords, djangoFactNames, djangoFactText, djangoPlace } from '../../text/django-text.ts'
import { visibilityWords } from '../../text/visibility-text.ts'
import { visibleName } from '../../text/visible-name.ts'
import { useFrom } from '../window-context.ts'
import { PrivatePlaceNote } from './private-place-note.tsx'

interface FoundProps {
  project: DjangoProject
  form: DjangoForm
  onForm: (form: DjangoForm) => void
}

const ofService: readonly string[] = ['region', 'endpoint']

/** The profiles that the project comes to: new ones without keys, or those that reach the same service. */
export function DjangoProfiles({ project, form, onForm }: FoundProps) {
  const known = useFrom(
    (all) => all.profiles,
    (state) => state.profiles,
  )
  return project.profiles.map((wanted, index) => {
    const label = providerPresets.find(({ id }) => id === wanted.provider)?.label ?? 'S3'
    const sources =
      project.destinations
        .find(({ profile }) => profile === index)
        ?.sources.filter(({ fact }) => ofService.includes(fact)) ?? []
    const isRegionOpen = sources.some(({ fact, isOpen }) => fact === 'region' && isOpen)
    const same = (known ?? []).filter((profile) => isSameService(profile, wanted))
    const set = (change: Partial<DjangoForm>) => onForm({ ...form, ...change })
    return (
      <section key={wanted.name} className="django-part" aria-label={`Profile ${wanted.name}`}>
        <h3>Profile</h3>
        {same.length === 0 ? (
          <p>
            A new profile <strong>{visibleName(wanted.name)}</strong> for {label}, without keys.
          </p>
        ) : (
          <SelectField
            label="Keep the destinations in"
            options={[
              ...same.map(({ id, name }) => ({ value: id, label: name })),
              { value: '', label: `A new profile ${wanted.name}, without keys` },
            ]}
            value={form.profileIds[index] ?? ''}
            onValue={(id) =>
              set({ profileIds: form.profileIds.map((each, at) => (at === index ? id || null : each)) })
            }
          />
        )}
        <Facts
          sources={sources.filter(
            ({ fact, file, isOpen }) => !isOpen && (fact === 'region' || file !== null),
          )}
          text={({ fact }) => (fact === 'region' ? wanted.region : (wanted.endpoint ?? 'The service’s own'))}
        />
        {isRegionOpen && (form.profileIds[index] ?? null) === null ? (
          <TextField
            label="Region"
            value={form.regions[index] ?? ''}
            onValue={(region) =>
              set({ regions: form.regions.map((each, at) => (at === index ? region : each)) })
            }
            maxLength={64}
          />
        ) : null}
      </section>
    )
  })
}

/** The destinations with every fact and the line that says it; what no line says is a field. */
export function DjangoDestinations({ project, form, onForm, shown }: FoundProps & { shown: boolean }) {
  const there = useFrom(
    (all) => all.destinations,
    (state) => state.destinations,
  )
  const problemsOf = (index: number) => {
    const problems = destinationFormProblems(form, index, project, there)
    const { overlap } = problems
    // What has to be left out is said before anybody wants to save.
    return shown ? problems : overlap === undefined ? {} : { overlap }
  }
  return (
    <section className="django-part" aria-label="Destinations">
      <h3>Destinations</h3>
      {project.destinations.map((found, index) => {
        const one = form.destinations[index]
        if (one === undefined) return null
        return (
          <DestinationPart
            key={`${found.storage} ${found.aliases.join(' ')}`}
            project={project}
            index={index}
            profileId={form.profileIds[found.profile] ?? null}
            one={one}
            problems={problemsOf(index)}
            onOne={(part) =>
              onForm({
                ...form,
                destinations: form.destinations.map((each, at) =>
                  at === index ? { ...each, ...part } : each,
                ),
              })
            }
          />
        )
      })}
    </section>
  )
}

interface DestinationPartProps {
  project: DjangoProject
  index: number
  /** The profile that is there and that it will be in; null for a new one, whose keys nobody has. */
  profileId: string | null
  one: DjangoDestinationForm
  problems: ReturnType<typeof destinationFormProblems>
  onOne: (part: Partial<DjangoDestinationForm>) => void
}

function DestinationPart({ project, index, profileId, one, problems, onOne }: DestinationPartProps) {
  const found = project.destinations[index]
  if (found === undefined) return null
  const open = openFacts(found)
  const uses = found.aliases.length === 0 ? 'used by models' : found.aliases.join(', ')
  return (
    <section className="django-destination" aria-label={one.name}>
      <CheckField
        label={one.name}
        hint={
          <>
            <span className="mono">{visibleName(found.storage)}</span> · {visibleName(uses)}
          </>
        }
        checked={one.wanted}
        onChecked={(wanted) => onOne({ wanted })}
      />
      {one.wanted ? (
        <div className="django-body">
          <Facts
            sources={found.sources.filter(
              ({ fact, isOpen, variable }) =>
                (!isOpen || variable !== null) && !ofService.includes(fact) && isToldOf(fact, found),
            )}
            text={({ fact, isOpen, variable }) =>
              isOpen && variable !== null
                ? `Depends on ${variable}`
                : djangoFactText(fact, found, project.profiles)
            }
          />
          {profileId === null || one.visibility !== 'private' || one.bucket.trim() === '' ? null : (
            <PrivatePlaceNote profileId={profileId} bucket={one.bucket.trim()} prefix={one.prefix} />
          )}
          {problems.overlap === undefined ? null : (
            <Note kind="warning" title="Overlaps with another destination">
              {visibleName(problems.overlap)} Or clear one of the two here: the site goes on using both, and
              Pail leaves alone what is in the other.
            </Note>
          )}
          {problems.name === undefined ? null : (
            <TextField
              label="Name"
              value={one.name}
              onValue={(name) => onOne({ name })}
              problem={problems.name}
              maxLength={80}
            />
          )}
          {open.length === 0 ? null : (
            <div className="field-grid">
              {open.map((fact) => (
                <AskedField
                  key={fact}
                  fact={fact}
                  why={whyAsked(project, index, fact)}
                  one={one}
                  problems={problems}
                  onOne={onOne}
                />
              ))}
            </div>
          )}
        </div>
      ) : null}
    </section>
  )
}

/** A static destination is synced, and only media have links that end. */
function isToldOf(
  fact: DjangoSource['fact'],
  { destination }: DjangoProject['destinations'][number],
): boolean {
  if (fact === 'linkExpirySeconds') return destination.visibility === 'private'
  if (fact === 'baseUrl') return destination.visibility === 'public' || destination.baseUrl !== null
  return fact !== 'onConflict' || destination.kind === 'media'
}

interface AskedFieldProps extends Pick<DestinationPartProps, 'one' | 'problems' | 'onOne'> {
  fact: ReturnType<typeof openFacts>[number]
  why: ReturnType<typeof whyAsked>
}

function AskedField({ fact, why, one, problems, onOne }: AskedFieldProps) {
  const label = djangoFactNames[fact]
  const reason = why === null ? '' : visibleName(`${why.text} (${why.where})`)
  switch (fact) {
    case 'visibility':
      return (
        <SelectField
          label={label}
          options={(['private', 'public'] as const).map((value) => ({
            value,
            label: visibilityWords[value],
          }))}
          value={one.visibility}
          hint={reason}
          onValue={(visibility) => onOne({ visibility })}
        />
      )
    case 'onConflict':
      return (
        <SelectField
          label={label}
          options={(['keep-both', 'overwrite', 'skip', 'ask'] as const).map((value) => ({
            value,
            label: conflictWords[value],
          }))}
          value={one.onConflict}
          hint={reason}
          onValue={(onConflict) => onOne({ onConflict })}
        />
      )
    default:
      return (
        <TextField
          label={label}
          value={one[fact]}
          onValue={(value) => onOne({ [fact]: value })}
          problem={problems[fact] ?? null}
          hint={[
            reason,
            fact === 'prefix' && one.prefix.trim() === ''
              ? 'Empty for the whole bucket.'
              : fact === 'baseUrl'
                ? 'Empty for the bucket’s own address.'
                : '',
          ]
            .filter((part) => part !== '')
            .join(' ')}
          maxLength={fact === 'bucket' ? 255 : 1024}
        />
      )
  }
}

interface FactsProps {
  sources: readonly DjangoSource[]
  text: (source: DjangoSource) => string
}

/** What was read, and where it stands. */
function Facts({ sources, text }: FactsProps) {
  if (sources.length === 0) return null
  return (
    <dl className="django-facts">
      {sources.map((source) => (
        <div key={source.fact} className="django-fact">
          <dt>{djangoFactNames[source.fact]}</dt>
          <dd className="selectable">{visibleName(text(source))}</dd>
          <dd
            className={`django-where selectable${source.file === null ? '' : ' mono'}`}
            title={source.setting}
          >
            {visibleName(djangoPlace(source))}
          </dd>
        </div>
      ))}
    </dl>
  )
}
