using System.Text;

namespace Sweeps.ModelCore.Data;

/// <summary>The documents of <see cref="IdiomGenerator"/>.</summary>
internal sealed class IdiomSource(IdiomsOptions options, ulong seed, double validationFraction) : DocumentSource(options.Weight)
{
    public override IEnumerable<Document> Read(LeftOutTally leftOut)
    {
        var generator = new IdiomGenerator(options, seed);
        for (var index = 0; index < options.Documents; index++)
        {
            var text = generator.Document(index);
            yield return new Document(Encoding.UTF8.GetBytes(text), DocumentSplit.Draw(seed, text) < validationFraction);
        }
    }
}
