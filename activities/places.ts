/** So many at once of each name, in this process: what waits for one must not take all the places of the others. */
export function createPlaces(atOnce: number) {
  const taken = new Map<string, number>();
  return {
    /** Null: all places of that name are taken. Otherwise runs the work in one. */
    async within<T>(name: string, work: () => Promise<T>): Promise<T | null> {
      const others = taken.get(name) ?? 0;
      if (others >= atOnce) return null;
      taken.set(name, others + 1);
      try {
        return await work();
      } finally {
        taken.set(name, (taken.get(name) ?? 1) - 1);
      }
    },
  };
}
