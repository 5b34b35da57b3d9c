using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Sweeps.ModelCore.Data;

/// <summary>The documents of files, in a seeded order of the files.</summary>
/// <param name="options">what is read</param>
/// <param name="seed">keys order and split</param>
/// <param name="validationFraction">share of the documents for validation</param>
/// <param name="alone">whether the corpus has no other source: then both sides get a document, if there are two</param>
/// <param name="listing">see <see cref="PrepareJob.Listing"/></param>
internal sealed class FileSource(FilesOptions options, ulong seed, double validationFraction, bool alone, string? listing = null)
    : DocumentSource(options.Weight)
{
    // A file that is looked at before work begins, and lines or documents of it, at most; then it is left to the preparation.
    private const int MostEntriesChecked = 100_000;
    private const int MostFilesChecked = 10_000;
    private const int MostDocumentsChecked = 1_000;
    private const long MostBytesChecked = 256L << 20;

    // Documents in a row that did not fit: what is left of max_bytes is not worth reading on for.
    private const int MostMisses = 100;

    // Lines that may be damaged in any corpus: one in ten of a small file is no reason to stop.
    private const int DamagedAnyway = 10;

    private const int BlocksOfLongDocument = 16;
    private const int SmallestBlock = 1024;
    private const int MostSurveyed = 100_000;

    private Split? _split;
    private DamagedLines _damaged = new();

    public override IEnumerable<Document> Read(LeftOutTally leftOut)
    {
        _split ??= alone ? Survey() : new Split(validationFraction, null);
        foreach (var (text, draw) in Texts(leftOut, _split.BlockBytes)) yield return new Document(text, draw < _split.Below);
    }

    public override void Complete(LeftOutTally leftOut) => _damaged.Check(options, leftOut);

    /// <summary>
    /// Looks whether there is a document, without reading more than it takes: a bounded number of files, of each a bounded beginning.
    /// </summary>
    /// <exception cref="InvalidDataException">there is none; the message says what there is instead</exception>
    /// <exception cref="IOException">the disk fails</exception>
    public static void Check(FilesOptions options)
    {
        var leftOut = new LeftOutTally();
        var (files, bytes) = (0, 0L);
        foreach (var file in FileListing.Walk(options, leftOut, MostEntriesChecked))
        {
            foreach (var text in Texts(options, file, leftOut, new DamagedLines()).Take(MostDocumentsChecked))
            {
                if (WhyNot(text, file.Name, leftOut) is null) return;
                bytes += text.Length;
            }
            if (++files == MostFilesChecked || bytes > MostBytesChecked) return;
        }
        throw None(options, files, leftOut);
    }

    // A small corpus has few draws, of which none may be below the fraction, or all: then the one nearest to it decides. A single document
    // is cut.
    private Split Survey()
    {
        var enough = (int)Math.Min(Math.Ceiling(10 / Math.Min(validationFraction, 1 - validationFraction)), MostSurveyed);
        var (draws, only) = Draws(blockBytes: null, enough);
        if (draws.Count >= enough) return new Split(validationFraction, null);
        int? blockBytes = null;
        if (draws.Count == 1)
        {
            // Some blocks for validation rather than one, so that it is taken from all over the text.
            var quarter = (int)(only.Length * validationFraction / 4);
            blockBytes = Math.Max(quarter, Math.Min(SmallestBlock, (only.Length + 1) / 2));
            (draws, _) = Draws(blockBytes, MostSurveyed);
        }
        if (draws.Count < 2) return new Split(validationFraction, blockBytes);
        var (least, most) = (draws.Min(), draws.Max());
        var below = least >= validationFraction ? Math.BitIncrement(least) : most < validationFraction ? most : validationFraction;
        return new Split(below, blockBytes);
    }

    private (List<double> Draws, byte[] Last) Draws(int? blockBytes, int most)
    {
        var (draws, last) = (new List<double>(), Array.Empty<byte>());
        foreach (var (text, draw) in Texts(new LeftOutTally(), blockBytes).Take(most))
        {
            draws.Add(draw);
            last = text;
        }
        return (draws, last);
    }

    /// <summary>The documents that the options admit, each with its draw for the split.</summary>
    private IEnumerable<(byte[] Text, double Draw)> Texts(LeftOutTally leftOut, int? blockBytes)
    {
        var files = (listing is null ? FileListing.Walk(options, leftOut) : FileListing.Listed(listing, leftOut)).ToList();
        if (files.Count == 0) throw None(options, 0, leftOut);
        new KeyedRandom(seed, "files").Shuffle(CollectionsMarshal.AsSpan(files));
        var (begun, full, any) = (0, false, false);
        try
        {
            var (room, misses) = (options.MaxBytes, 0);
            _damaged = new DamagedLines();
            var known = new HashSet<UInt128>();
            foreach (var file in files)
            {
                if (full) break;
                begun++;
                var read = 0L;
                foreach (var raw in Texts(options, file, leftOut, _damaged))
                {
                    if (full)
                    {
                        leftOut.Add(LeftOutReason.BeyondMaxBytes, $"{file.Name}, the rest of it", Math.Max(file.Bytes - read, 0));
                        break;
                    }
                    read += raw.Length;
                    if (WhyNot(raw, file.Name, leftOut) is not null) continue;
                    foreach (var text in blockBytes is { } size ? DocumentText.Blocks(raw, size) : [raw])
                    {
                        any = true;
                        var (draw, key) = DocumentSplit.DrawAndKey(seed, Encoding.UTF8.GetString(DocumentText.Normalized(text)));
                        if (!known.Add(key) && options.Duplicates == DuplicateDocuments.Drop)
                        {
                            leftOut.Add(LeftOutReason.Duplicate, file.Name, text.Length);
                        }
                        else if (text.Length > room)
                        {
                            leftOut.Add(LeftOutReason.BeyondMaxBytes, file.Name, text.Length);
                            misses++;
                        }
                        else
                        {
                            (room, misses) = (room - text.Length, 0);
                            yield return (text, draw);
                        }
                    }
                    full = room == 0 || misses >= MostMisses;
                }
            }
            if (!any) throw None(options, files.Count, leftOut);
        }
        finally
        {
            // Also where the reader went away, because the other source of a mixture had run dry.
            var reason = full ? LeftOutReason.BeyondMaxBytes : LeftOutReason.BeyondMix;
            foreach (var file in files.Skip(begun)) leftOut.Add(reason, file.Name, file.Bytes);
        }
    }

    /// <summary>What one file has for documents, not looked at yet; nothing, and one more left out, where it may not be read.</summary>
    private static IEnumerable<byte[]> Texts(FilesOptions options, ListedFile file, LeftOutTally leftOut, DamagedLines damaged)
    {
        if (Open(file.FullPath) is not { } opened)
        {
            leftOut.Add(LeftOutReason.UnreadableFile, file.Name, file.Bytes);
            yield break;
        }
        using (opened)
        {
            var normalizes = options.LineEnds == LineEnds.Normalize;
            var blockBytes = Math.Max(options.MaxDocumentBytes / BlocksOfLongDocument, SmallestBlock);
            if (!file.Name.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase))
            {
                using var stream = normalizes ? new NormalizingStream(opened) : (Stream)opened;
                var separator = Encoding.UTF8.GetBytes(options.Separator ?? "");
                var documents = new SeparatedDocuments(stream, separator, options.MaxDocumentBytes, blockBytes);
                foreach (var text in documents.Read()) yield return text;
                yield break;
            }
            foreach (var line in JsonLines.Read(opened))
            {
                damaged.Lines++;
                if (line.Text is { } json)
                {
                    var text = normalizes ? DocumentText.Normalized(json) : json;
                    var isLong = text.Length > options.MaxDocumentBytes;
                    foreach (var block in isLong ? DocumentText.Blocks(text, blockBytes) : [text]) yield return block;
                }
                else
                {
                    damaged.Damaged++;
                    var place = string.Create(CultureInfo.InvariantCulture, $"{file.Name}:{line.Number}: {line.Problem}");
                    leftOut.Add(LeftOutReason.Damaged, place, line.Bytes);
                }
            }
        }
    }

    private static LeftOutReason? WhyNot(byte[] text, string name, LeftOutTally leftOut)
    {
        var reason = DocumentText.WhyNot(text);
        if (reason is { } known) leftOut.Add(known, name, text.Length);
        return reason;
    }

    // What the disk itself refuses is no property of the corpus, and passes on.
    private static FileStream? Open(string path)
    {
        try
        {
            const FileShare Others = FileShare.ReadWrite | FileShare.Delete;
            return new FileStream(path, FileMode.Open, FileAccess.Read, Others, 1 << 16, FileOptions.SequentialScan);
        }
        catch (Exception e) when (
            e is UnauthorizedAccessException or FileNotFoundException or DirectoryNotFoundException or PathTooLongException)
        {
            return null;
        }
    }

    private static InvalidDataException None(FilesOptions options, int files, LeftOutTally leftOut)
    {
        var what = File.Exists(options.Path) ? $"file {options.Path} has no document"
            : files == 0 ? $"folder {options.Path} has no file that ends in {string.Join(", ", options.Extensions)}"
            : $"no file of folder {options.Path} that ends in {string.Join(", ", options.Extensions)} has a document";
        var instead = leftOut.All.Count > 0 ? $"; left out: {CorpusLeftOut.InWords(leftOut.All)}" : "";
        var examples = leftOut.Examples(LeftOutReason.Damaged) is { Count: > 0 } lines ? $" ({string.Join("; ", lines)})" : "";
        var hint = files == 0 && !File.Exists(options.Path) ? "; see corpus.files.extensions" : "";
        return new InvalidDataException($"corpus.files.path: {what}: expected at least one{instead}{examples}{hint}");
    }

    /// <summary>How documents are split.</summary>
    /// <param name="Below">draws below this are validation's</param>
    /// <param name="BlockBytes">into what blocks the only document is cut; null where there are several</param>
    private sealed record Split(double Below, int? BlockBytes);

    private sealed class DamagedLines
    {
        public long Lines { get; set; }

        public long Damaged { get; set; }

        public void Check(FilesOptions options, LeftOutTally leftOut)
        {
            var most = Math.Max(options.MaxDamaged * Lines, options.MaxDamaged > 0 ? DamagedAnyway : 0);
            if (Damaged <= most) return;
            throw new InvalidDataException(string.Create(
                CultureInfo.InvariantCulture,
                $"corpus.files.path: {Damaged} of {Lines} lines are damaged, more than corpus.files.max_damaged ({options.MaxDamaged}) "
                    + $"allows: {string.Join("; ", leftOut.Examples(LeftOutReason.Damaged))}"));
        }
    }
}
