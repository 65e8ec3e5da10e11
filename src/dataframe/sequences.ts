import { OWNER_RUNTIME, PAGE_BYTES, type SharedMemory } from "../exec/memory/shared-memory.ts";
import { SEQUENCE_BYTES } from "../planner/functions/host/sequence.ts";

/** Where sequences keep their state, which all threads count on. It stays until the session is closed. */
export class SequenceMemory {
  private next = 0;
  private end = 0;

  /** Address of a sequence's state. */
  allocate(memory: SharedMemory): number {
    if (this.next + SEQUENCE_BYTES > this.end) {
      this.next = memory.allocate(PAGE_BYTES, OWNER_RUNTIME);
      this.end = this.next + PAGE_BYTES;
    }
    const address = this.next;
    this.next += SEQUENCE_BYTES;
    return address;
  }
}
