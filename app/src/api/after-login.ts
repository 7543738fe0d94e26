import { ApiProblem } from './client.ts';

/** Does it; where it is `forbidden`, once more after a login. Throws as `act` and `logIn`. */
export async function afterLogin<T>(act: () => Promise<T>, logIn: () => Promise<void>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof ApiProblem && error.code === 'forbidden')) throw error;
    await logIn();
    return act();
  }
}
