namespace Sweeps.ModelCore.Data;

/// <summary>One document of a corpus, and whether it belongs to validation.</summary>
internal readonly record struct Document(ReadOnlyMemory<byte> Text, bool IsValidation);

/// <summary>A sequence of documents that can be read again and is the same each time.</summary>
internal abstract class DocumentSource(double weight)
{
    public double Weight => weight;

    /// <summary>Reads the documents, and counts in <paramref name="leftOut"/> what is there and is none.</summary>
    public abstract IEnumerable<Document> Read(LeftOutTally leftOut);

    /// <summary>Looks at what the last reading has met, once it is over.</summary>
    /// <exception cref="InvalidDataException">more is damaged than may be</exception>
    public virtual void Complete(LeftOutTally leftOut)
    {
    }

    public static IReadOnlyList<DocumentSource> Of(CorpusOptions options, ulong seed, string? listing)
    {
        var sources = new List<DocumentSource>();
        if (options.Idioms is { } idioms) sources.Add(new IdiomSource(idioms, seed, options.ValidationFraction));
        if (options.Files is { } files)
            sources.Add(new FileSource(files, seed, options.ValidationFraction, alone: options.Idioms is null, listing));
        return sources;
    }

    /// <summary>
    /// The documents of several sources in one sequence: next comes the source that is furthest below its share of bytes or tokens.
    /// </summary>
    /// <param name="sources">the sources; the sequence ends where the first of them does</param>
    /// <param name="size">what a document counts for</param>
    /// <param name="leftOut">counts what is there and is no document</param>
    public static IEnumerable<Document> Mix(IReadOnlyList<DocumentSource> sources, Func<Document, long> size, LeftOutTally leftOut)
    {
        var readers = sources.Select(s => s.Read(leftOut).GetEnumerator()).ToArray();
        try
        {
            var taken = new double[sources.Count];
            while (true)
            {
                var next = Enumerable.Range(0, sources.Count).MinBy(i => taken[i] / sources[i].Weight);
                if (!readers[next].MoveNext()) break;
                taken[next] += size(readers[next].Current);
                yield return readers[next].Current;
            }
        }
        finally
        {
            foreach (var reader in readers) reader.Dispose();
        }
        foreach (var source in sources) source.Complete(leftOut);
    }
}
