using System.Text;
using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Interpretability;
using Sweeps.ModelCore.Tests.Data;

namespace Sweeps.ModelCore.Tests.Interpretability;

/// <summary>Idioms as tokens, in windows, and features that are planted in them.</summary>
internal static class PlantedText
{
    public const int Window = 64;

    public static Tokenizer Tokenizer => TokenizerTests.Trained;

    public static int[] Tokens { get; } = Make(512 * Window);

    public static ContextTable Contexts { get; } = ContextTable.Of(Tokens, Window, Tokenizer);

    private static readonly Dictionary<string, int> _fields =
        ContextFields.All.Index().ToDictionary(one => one.Item.Name, one => one.Index);

    public static int Field(string name) => _fields[name];

    /// <summary>Activations by the context vector of each token, with a little noise.</summary>
    public static float[] Feature(Func<Func<string, int>, double> activation, double noise = 0)
    {
        var random = new KeyedRandom(11, "noise");
        var values = new float[Tokens.Length];
        for (var row = 0; row < values.Length; row++)
        {
            var value = activation(name => Contexts.Column(Field(name))[row]);
            values[row] = (float)(value == 0 ? 0 : value + (noise * random.NextGaussian()));
        }
        return values;
    }

    /// <summary>The value of the token fields for a text that is one token.</summary>
    public static int Id(string text) => Assert.Single(Tokenizer.Encode(text)) + 1;

    private static int[] Make(int count)
    {
        var generator = new IdiomGenerator(new IdiomsOptions(), 9);
        var tokens = new List<int>();
        for (var document = 0; tokens.Count < count; document++)
        {
            tokens.AddRange(Tokenizer.Encode(Encoding.UTF8.GetBytes(generator.Document(document))));
            tokens.Add(Tokenizer.EndOfText);
        }
        return [.. tokens.Take(count)];
    }
}
