using System.Text;
using System.Text.Json;

namespace Sweeps.ModelCore.Data;

/// <summary>One document of a corpus, and whether it belongs to validation.</summary>
internal readonly record struct Document(ReadOnlyMemory<byte> Text, bool IsValidation);

/// <summary>A sequence of documents that can be read again and is the same each time.</summary>
internal abstract class DocumentSource(double weight, ulong seed, double validationFraction)
{
    public double Weight => weight;

    protected ulong Seed => seed;

    public abstract IEnumerable<Document> Read();

    /// <summary>Splits by a hash of <paramref name="key"/>, so that equal documents never end up on both sides.</summary>
    protected bool IsValidation(string key) => new KeyedRandom(seed, "split", key).NextDouble() < validationFraction;

    public static IReadOnlyList<DocumentSource> Of(CorpusOptions options, ulong seed)
    {
        var sources = new List<DocumentSource>();
        if (options.Idioms is { } idioms) sources.Add(new IdiomSource(idioms, seed, options.ValidationFraction));
        if (options.Files is { } files) sources.Add(new FileSource(files, seed, options.ValidationFraction));
        return sources;
    }

    /// <summary>The documents of several sources in one sequence: next comes the source that is furthest below its share of bytes or tokens.</summary>
    /// <param name="sources">the sources; the sequence ends where the first of them does</param>
    /// <param name="size">what a document counts for</param>
    public static IEnumerable<Document> Mix(IReadOnlyList<DocumentSource> sources, Func<Document, long> size)
    {
        var readers = sources.Select(s => s.Read().GetEnumerator()).ToArray();
        try
        {
            var taken = new double[sources.Count];
            while (true)
            {
                var next = Enumerable.Range(0, sources.Count).MinBy(i => taken[i] / sources[i].Weight);
                if (!readers[next].MoveNext()) yield break;
                taken[next] += size(readers[next].Current);
                yield return readers[next].Current;
            }
        }
        finally
        {
            foreach (var reader in readers) reader.Dispose();
        }
    }
}

/// <summary>The documents of <see cref="IdiomGenerator"/>, split by their text.</summary>
internal sealed class IdiomSource(IdiomsOptions options, ulong seed, double validationFraction)
    : DocumentSource(options.Weight, seed, validationFraction)
{
    public override IEnumerable<Document> Read()
    {
        var generator = new IdiomGenerator(options, Seed);
        for (var index = 0; index < options.Documents; index++)
        {
            var text = generator.Document(index);
            yield return new Document(Encoding.UTF8.GetBytes(text), IsValidation(text));
        }
    }
}

/// <summary>The files of a folder, split by their relative path (and line number for .jsonl).</summary>
internal sealed class FileSource(FilesOptions options, ulong seed, double validationFraction)
    : DocumentSource(options.Weight, seed, validationFraction)
{
    private const int MostChecked = 10_000;

    public override IEnumerable<Document> Read()
    {
        long bytes = 0;
        foreach (var name in Names())
        {
            foreach (var (key, text) in Documents(name))
            {
                if (text.Length == 0) continue;
                bytes += text.Length;
                if (bytes > options.MaxBytes) yield break;
                yield return new Document(text, IsValidation(key));
            }
        }
    }

    /// <summary>Looks at the beginning of each file, of the first <see cref="MostChecked"/> of a large folder.</summary>
    /// <exception cref="InvalidDataException">there is none, they are all empty, or one is not what its ending says</exception>
    /// <exception cref="IOException">one cannot be read</exception>
    /// <exception cref="UnauthorizedAccessException">one cannot be read</exception>
    public static void Check(FilesOptions options)
    {
        var empty = true;
        foreach (var name in List(options).Take(MostChecked))
        {
            var path = Path.Combine(options.Path, name);
            using var file = File.OpenRead(path);
            if (file.ReadByte() < 0) continue;
            empty = false;
            if (!IsLines(name)) continue;
            file.Position = 0;
            using var reader = new StreamReader(file);
            if (reader.ReadLine() is { } line && !string.IsNullOrWhiteSpace(line)) TextOf(line, path, number: 1);
        }
        if (empty) throw new InvalidDataException($"corpus.files.path: every file of folder {options.Path} that ends in {Endings(options)} is empty: expected text");
    }

    private List<string> Names()
    {
        var names = List(options);
        new KeyedRandom(Seed, "files").Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(names));
        return names;
    }

    private static List<string> List(FilesOptions options)
    {
        if (!Directory.Exists(options.Path)) throw new InvalidDataException($"corpus.files.path: folder {options.Path} does not exist");
        // The enumeration below passes over what may not be read; that must not be all of it.
        using (var entries = Directory.EnumerateFileSystemEntries(options.Path).GetEnumerator()) entries.MoveNext();
        var all = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };
        var names = Directory.EnumerateFiles(options.Path, "*", all)
            .Where(f => options.Extensions.Any(e => f.EndsWith(e, StringComparison.OrdinalIgnoreCase)))
            .Select(f => Path.GetRelativePath(options.Path, f).Replace('\\', '/'))
            .Order(StringComparer.Ordinal).ToList();
        if (names.Count == 0)
            throw new InvalidDataException($"corpus.files.path: folder {options.Path} has no file that ends in {Endings(options)}: expected at least one; see corpus.files.extensions");
        return names;
    }

    private static string Endings(FilesOptions options) => string.Join(", ", options.Extensions);

    private static bool IsLines(string name) => name.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase);

    private IEnumerable<(string Key, byte[] Text)> Documents(string name)
    {
        var path = Path.Combine(options.Path, name);
        if (!IsLines(name))
        {
            yield return (name, File.ReadAllBytes(path));
            yield break;
        }
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            number++;
            if (!string.IsNullOrWhiteSpace(line)) yield return ($"{name}:{number}", Encoding.UTF8.GetBytes(TextOf(line, path, number)));
        }
    }

    private static string TextOf(string line, string path, int number)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            foreach (var name in (ReadOnlySpan<string>)["text", "content"])
            {
                if (json.RootElement.ValueKind == JsonValueKind.Object
                    && json.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String)
                {
                    return value.GetString()!;
                }
            }
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}, line {number}: not JSON: {e.Message}");
        }
        throw new InvalidDataException($"{path}, line {number}: expected an object with a string \"text\" or \"content\"");
    }
}
