package io.trunkline.samples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WrappedTest {
  @Test
  void breaksAtTheLastSpaceThatFits() {
    assertThat(Wrapped.lines("ab cd ef", 5)).containsExactly("ab cd", "ef");
    assertThat(Wrapped.lines("ab cd ef", 4)).containsExactly("ab", "cd", "ef");
    assertThat(Wrapped.lines("ab cd ef", 8)).containsExactly("ab cd ef");
  }

  @Test
  void leavesALongWordWhole() {
    assertThat(Wrapped.lines("a longword b", 4)).containsExactly("a", "longword", "b");
    assertThat(Wrapped.lines("longword", 4)).containsExactly("longword");
    assertThat(Wrapped.lines("", 4)).containsExactly("");
  }
}
