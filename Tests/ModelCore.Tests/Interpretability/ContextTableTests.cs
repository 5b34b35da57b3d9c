using Sweeps.ModelCore.Interpretability;

namespace Sweeps.ModelCore.Tests.Interpretability;

public class ContextTableTests
{
    [Fact]
    public void A_window_within_a_document_knows_what_its_document_has_open()
    {
        var all = PlantedText.Contexts;
        long[] starts = [3 * PlantedText.Window, 40 * PlantedText.Window, 41 * PlantedText.Window, 300 * PlantedText.Window];
        var some = ContextTable.Of(
            (offset, into) => PlantedText.Tokens.AsSpan((int)offset, into.Length).CopyTo(into), starts, PlantedText.Window,
            PlantedText.Tokenizer);
        for (var field = 0; field < ContextFields.All.Count; field++)
        {
            for (var i = 0; i < some.Length; i++)
                Assert.Equal(all.Column(field)[(int)starts[i / PlantedText.Window] + (i % PlantedText.Window)], some.Column(field)[i]);
        }
    }

    [Fact]
    public void No_token_before_the_window_is_known()
    {
        for (var row = 0; row < PlantedText.Window * 3; row++)
        {
            for (var back = 0; back < ContextFields.Tokens; back++)
            {
                var expected = row % PlantedText.Window >= back ? PlantedText.Tokens[row - back] + 1 : 0;
                Assert.Equal(expected, PlantedText.Contexts.Column(back)[row]);
            }
        }
    }

    [Fact]
    public void Nothing_of_a_tokens_context_depends_on_what_follows()
    {
        var tokens = PlantedText.Tokens[..(20 * PlantedText.Window)];
        var other = (int[])tokens.Clone();
        Array.Reverse(other, 700, other.Length - 700);
        var (first, second) = (Of(tokens), Of(other));
        for (var field = 0; field < ContextFields.All.Count; field++)
            Assert.Equal(first.Column(field)[..700].ToArray(), second.Column(field)[..700].ToArray());
        Assert.NotEqual(first.Column(0)[700..].ToArray(), second.Column(0)[700..].ToArray());
    }

    private static ContextTable Of(int[] tokens) => ContextTable.Of(tokens, PlantedText.Window, PlantedText.Tokenizer);
}
