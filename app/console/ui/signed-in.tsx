import { type ComponentChildren, createContext } from 'preact';
import { useContext, useEffect } from 'preact/hooks';
import { useResource } from '../../src/api/use-resource.ts';
import { ProblemBanner } from '../../src/ui/problem.tsx';
import { at } from '../api.ts';
import { forgetDrafts } from '../draft.ts';
import type { Who } from '../types.ts';
import { Frame } from './frame.tsx';

const Person = createContext<Who | null>(null);

/** Who is logged in; only below `SignedIn`. */
export function useWho(): Who {
  const who = useContext(Person);
  if (!who) throw new Error('nobody is logged in here');
  return who;
}

/** What only a person who is logged in sees, in the console's frame; others are led to the login. */
export function SignedIn({ children }: { children: ComponentChildren }) {
  const session = useResource<Who>(at('/session'));
  const userId = session.state === 'ready' ? session.data.user.userId : null;
  useEffect(() => {
    // A colleague's, whose session ended here by itself.
    if (userId !== null) forgetDrafts(userId);
  }, [userId]);
  if (session.state === 'failed')
    return (
      <main id="main" class="outside">
        <ProblemBanner error={session.error} retry={session.reload} />
      </main>
    );
  if (session.state === 'loading') return <main id="main" class="outside" aria-busy="true" />;
  return (
    <Person.Provider value={session.data}>
      <Frame who={session.data}>{children}</Frame>
    </Person.Provider>
  );
}
