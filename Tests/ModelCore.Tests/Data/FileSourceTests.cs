using System.Diagnostics;
using System.Text;
using Sweeps.ModelCore.Data;

namespace Sweeps.ModelCore.Tests.Data;

/// <summary>Which documents files give, and what is said of everything else that is there.</summary>
public sealed class FileSourceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        foreach (var folder in Directory.GetDirectories(_folder.Path)) OtherUser.Allow(folder, (UnixFileMode)0b111_000_000);
        _folder.Dispose();
    }

    private FilesOptions All => new() { Path = _folder.Path };

    private static (List<(string Text, bool IsValidation)> Documents, Dictionary<LeftOutReason, long> LeftOut, LeftOutTally Tally) Read(
        FilesOptions options, ulong seed = 1, double validation = 0.2)
    {
        Assert.Empty(options.Validate());
        var tally = new LeftOutTally();
        var source = new FileSource(options, seed, validation, alone: true);
        var documents = source.Read(tally).Select(d => (Encoding.UTF8.GetString(d.Text.Span), d.IsValidation)).ToList();
        source.Complete(tally);
        return (documents, tally.All.ToDictionary(one => one.Reason, one => one.Count), tally);
    }

    private static IEnumerable<string> Texts(FilesOptions options, ulong seed = 1) =>
        Read(options, seed).Documents.Select(d => d.Text).Order(StringComparer.Ordinal);

    [Fact]
    public void Everything_that_is_not_read_is_counted_by_its_reason()
    {
        _folder.File("a.py", "a = 1\n");
        _folder.File("sub/b.py", "b = 1\n");
        _folder.File("notes.txt", "text");
        _folder.File(".hidden.py", "h = 1\n");
        _folder.File(".git/c.py", "c = 1\n");
        _folder.File("empty.py", "");
        _folder.File("blank.py", " \n\t\r\n");
        _folder.File("binary.py", "a\0b");
        _folder.File("latin.py", [(byte)'a', 0xE9, (byte)'b']);
        _folder.File("utf16.py", Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes("a = 1")).ToArray());
        _folder.File("copy.py", "a = 1\r\n");
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "broken.py"), "nowhere.py");
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "circle.py"), "circle.py");
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "again.py"), "a.py");
        Directory.CreateSymbolicLink(Path.Combine(_folder.Path, "loop"), _folder.Path);
        using (var made = Process.Start("mkfifo", Path.Combine(_folder.Path, "pipe.py"))) made.WaitForExit();

        var (documents, leftOut, tally) = Read(All);
        Assert.Equal(["a = 1\n", "b = 1\n"], documents.Select(d => d.Text).Order(StringComparer.Ordinal));
        var expected = new Dictionary<LeftOutReason, long>
        {
            [LeftOutReason.Hidden] = 2,
            [LeftOutReason.OtherEnding] = 1,
            [LeftOutReason.FolderLink] = 1,
            [LeftOutReason.RepeatedLink] = 1,
            [LeftOutReason.BrokenLink] = 2,
            [LeftOutReason.NotAFile] = 1,
            [LeftOutReason.Empty] = 2,
            [LeftOutReason.Binary] = 2,
            [LeftOutReason.NotUtf8] = 1,
            [LeftOutReason.Duplicate] = 1,
        };
        Assert.Equal(expected, leftOut);
        Assert.Equal(["broken.py", "circle.py"], tally.Examples(LeftOutReason.BrokenLink));
        Assert.Equal(4, tally.All.Single(one => one.Reason == LeftOutReason.OtherEnding).Bytes);
    }

    [Fact]
    public void Files_and_folders_that_may_not_be_read_are_counted_and_the_rest_is_read()
    {
        _folder.File("a.py", "a = 1\n");
        _folder.File("shut/b.py", "b = 1\n");
        OtherUser.Allow(_folder.File("secret.py", "c = 1\n"), UnixFileMode.None);
        OtherUser.Allow(Path.Combine(_folder.Path, "shut"), UnixFileMode.None);
        OtherUser.Allow(_folder.Path, (UnixFileMode)0b111_101_101);
        OtherUser.Run(() =>
        {
            var (documents, leftOut, _) = Read(All);
            Assert.Equal("a = 1\n", string.Concat(documents.Select(d => d.Text)));
            var counted = leftOut.Select(one => (one.Key, one.Value));
            Assert.Equal([(LeftOutReason.UnreadableFolder, 1L), (LeftOutReason.UnreadableFile, 1L)], counted);
        });
    }

    [Fact]
    public void A_link_to_a_file_elsewhere_is_followed_once()
    {
        using var elsewhere = new TemporaryFolder();
        var blob = elsewhere.File("3f2a", "far = 1\n");
        _folder.File("a.py", "a = 1\n");
        foreach (var name in (string[])["x.py", "y.py"]) File.CreateSymbolicLink(Path.Combine(_folder.Path, name), blob);
        var (documents, leftOut, _) = Read(All with { Duplicates = DuplicateDocuments.Keep });
        Assert.Equal(["a = 1\n", "far = 1\n"], documents.Select(d => d.Text).Order(StringComparer.Ordinal));
        Assert.Equal(1, leftOut[LeftOutReason.RepeatedLink]);
    }

    [Fact]
    public void Hidden_files_and_equal_documents_are_read_on_request()
    {
        _folder.File("a.py", "a = 1\n");
        _folder.File(".b.py", "b = 1\n");
        _folder.File(".c/d.py", "a = 1\n");
        Assert.Equal(["a = 1\n", "b = 1\n"], Texts(All with { Hidden = true }));
        Assert.Equal(["a = 1\n", "a = 1\n", "b = 1\n"], Texts(All with { Hidden = true, Duplicates = DuplicateDocuments.Keep }));
    }

    [Theory]
    [InlineData(LineEnds.Normalize, "a\nb\nc\n")]
    [InlineData(LineEnds.Keep, "a\r\nb\rc\n")]
    public void Line_ends_become_one_kind_unless_they_are_kept(LineEnds lineEnds, string expected)
    {
        _folder.File("a.py", "\uFEFFa\r\nb\rc\n");
        _folder.File("b.py", "other");
        _folder.File("c.jsonl", "\uFEFF{\"text\": \"a\\r\\nb\\rc\\n\"}\r\n");
        Assert.Equal([expected, "other"], Texts(All with { LineEnds = lineEnds }));
        var lines = Read(All with { LineEnds = lineEnds, Extensions = [".jsonl"] }).Documents;
        Assert.Equal(expected, string.Concat(lines.Select(d => d.Text)));
    }

    [Fact]
    public void Equal_documents_are_on_one_side_whatever_their_names_and_line_ends()
    {
        for (var i = 0; i < 60; i++)
        {
            _folder.File($"a/{i}.py", $"x = {i}\ny = 2\n");
            _folder.File($"b/{i + 100}.py", $"x = {i}\r\ny = 2\r\n");
        }
        var (documents, _, _) = Read(All with { Duplicates = DuplicateDocuments.Keep, LineEnds = LineEnds.Keep }, validation: 0.5);
        var sides = documents.GroupBy(d => d.Text.Replace("\r", "", StringComparison.Ordinal)).ToList();
        Assert.Equal(60, sides.Count);
        Assert.All(sides, same => Assert.Equal((2, 1), (same.Count(), same.Select(d => d.IsValidation).Distinct().Count())));
        Assert.InRange(sides.Count(same => same.First().IsValidation), 15, 45);
    }

    [Fact]
    public void What_max_bytes_admits_is_nearly_full_and_no_file_ends_it()
    {
        for (var i = 0; i < 60; i++) _folder.File($"{i}.py", new string((char)('a' + (i % 26)), 1_000 - i) + i);
        _folder.File("huge.py", new string('x', 40_000));
        for (var seed = 0UL; seed < 20; seed++)
        {
            var (documents, leftOut, _) = Read(All with { MaxBytes = 30_000 }, seed);
            Assert.InRange(documents.Sum(d => d.Text.Length), 29_000, 30_000);
            Assert.InRange(documents.Count, 29, 33);
            Assert.Equal(61, documents.Count + leftOut[LeftOutReason.BeyondMaxBytes]);
        }
    }

    [Fact]
    public void Reading_ends_when_nothing_fits_any_more_and_the_rest_is_counted()
    {
        for (var i = 0; i < 400; i++) _folder.File($"{i:000}.py", $"{i:000}" + new string('x', 97));
        var line = Enumerable.Range(0, 400).Select(i => $"{{\"text\": \"{i:000}{new string('x', 97)}\"}}\n");
        _folder.File("lines.jsonl", string.Concat(line));
        var (documents, leftOut, _) = Read(All with { MaxBytes = 1_050 });
        Assert.Equal(10, documents.Count);
        Assert.Equal(390, leftOut[LeftOutReason.BeyondMaxBytes]);
        var (lines, beyond, tally) = Read(All with { MaxBytes = 1_050, Extensions = [".jsonl"] });
        Assert.Equal((10, 101), (lines.Count, beyond[LeftOutReason.BeyondMaxBytes]));
        Assert.InRange(tally.All.Single(one => one.Reason == LeftOutReason.BeyondMaxBytes).Bytes, 390 * 100, 400 * 120);
    }

    [Theory]
    [InlineData("not json", "a.jsonl:3: not JSON")]
    [InlineData("{\"text\": \"\\ud83d\"}", "a.jsonl:3: half of a surrogate pair, which stands for no character")]
    [InlineData("{\"text\": null}", "a.jsonl:3: expected a string \"text\" or \"content\"")]
    [InlineData("{\"id\": 1}", "a.jsonl:3: expected a string \"text\" or \"content\"")]
    [InlineData("[1]", "a.jsonl:3: expected an object with a string \"text\" or \"content\"")]
    [InlineData("null", "a.jsonl:3: expected an object with a string \"text\" or \"content\"")]
    [InlineData("{\"text\": \"\u00e9\"}", "a.jsonl:3: not UTF-8")]
    public void A_damaged_line_is_named_counted_and_passed_over(string line, string expected)
    {
        _folder.File("a.jsonl", [.. "{\"text\": \"one\"}\n\n"u8, .. Encoding.Latin1.GetBytes(line), .. "\n{\"content\": \"two\"}"u8]);
        var options = All with { Extensions = [".jsonl"] };
        var (documents, _, tally) = Read(options);
        Assert.Equal(["one", "two"], documents.Select(d => d.Text).Order(StringComparer.Ordinal));
        Assert.Equal([expected], tally.Examples(LeftOutReason.Damaged));
        var error = Assert.Throws<InvalidDataException>(() => Read(options with { MaxDamaged = 0 }));
        Assert.Equal(
            $"corpus.files.path: 1 of 3 lines are damaged, more than corpus.files.max_damaged (0) allows: {expected}", error.Message);
    }

    [Theory]
    [InlineData(10, 5, true)]
    [InlineData(11, 5, false)]
    [InlineData(20, 1980, true)]
    [InlineData(21, 1979, false)]
    public void More_damaged_lines_than_the_limit_are_refused(int damaged, int good, bool allowed)
    {
        var lines = Enumerable.Repeat("{}\n", damaged).Concat(Enumerable.Range(0, good).Select(i => $"{{\"text\": \"{i}\"}}\n"));
        _folder.File("a.jsonl", string.Concat(lines));
        var options = All with { Extensions = [".jsonl"] };
        if (allowed)
        {
            Assert.Equal(good, Read(options).Documents.Count);
            return;
        }
        var error = Assert.Throws<InvalidDataException>(() => Read(options));
        Assert.Contains($"{damaged} of {damaged + good} lines are damaged", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_file_of_documents_with_a_separator_is_read()
    {
        var path = _folder.File("stories.txt", "One day\n<|endoftext|>\nOnce\nupon\n<|endoftext|>\n\n<|endoftext|>\nThen\n<|endoftext|>\n");
        var (documents, leftOut, _) = Read(new FilesOptions { Path = path, Separator = "<|endoftext|>" });
        Assert.Equal(["Once\nupon\n", "One day\n", "Then\n"], documents.Select(d => d.Text).Order(StringComparer.Ordinal));
        Assert.Equal(new Dictionary<LeftOutReason, long> { [LeftOutReason.Empty] = 1 }, leftOut);
    }

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.5)]
    [InlineData(0.95)]
    public void A_single_document_is_split_within_at_line_ends(double validation)
    {
        var book = string.Concat(Enumerable.Range(0, 4_000).Select(i => $"This is line {i} of the book.\n"));
        var path = _folder.File("book.txt", book);
        for (var seed = 0UL; seed < 5; seed++)
        {
            var (documents, leftOut, _) = Read(new FilesOptions { Path = path }, seed, validation);
            Assert.Equal(book, string.Concat(documents.Select(d => d.Text)));
            Assert.All(documents, d => Assert.EndsWith("\n", d.Text, StringComparison.Ordinal));
            var share = documents.Where(d => d.IsValidation).Sum(d => d.Text.Length) / (double)book.Length;
            Assert.InRange(share, validation / 3, 1 - ((1 - validation) / 3));
            Assert.Empty(leftOut);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(10)]
    public void A_small_corpus_has_documents_on_both_sides(int count)
    {
        for (var i = 0; i < count; i++) _folder.File($"{i}.py", $"x = {i}\n");
        for (var seed = 0UL; seed < 20; seed++)
        {
            Assert.Equal(2, Read(All, seed, 0.05).Documents.Select(d => d.IsValidation).Distinct().Count());
            Assert.Equal(2, Read(All, seed, 0.95).Documents.Select(d => d.IsValidation).Distinct().Count());
        }
    }

    [Fact]
    public void A_document_longer_than_the_limit_is_cut_wherever_it_comes_from()
    {
        var lines = string.Concat(Enumerable.Range(0, 3_000).Select(i => $"line {i}\n"));
        _folder.File("a.txt", lines);
        _folder.File("b.jsonl", System.Text.Json.JsonSerializer.Serialize(new { text = lines }));
        foreach (var ending in (string[])[".txt", ".jsonl"])
        {
            var (documents, _, _) = Read(All with { Extensions = [ending], MaxDocumentBytes = 16 << 10 });
            Assert.Equal(lines, string.Concat(documents.Select(d => d.Text)));
            Assert.All(documents, d => Assert.InRange(d.Text.Length, 1, 1024));
        }
    }

    [Fact]
    public void A_look_at_the_files_ends_at_the_first_document()
    {
        _folder.File("a.py", "\0");
        var binary = Assert.Throws<InvalidDataException>(() => FileSource.Check(All));
        Assert.Contains("left out: 1 binary document", binary.Message, StringComparison.Ordinal);
        _folder.File("b.py", "x = 1");
        FileSource.Check(All);
        var error = Assert.Throws<InvalidDataException>(() => FileSource.Check(All with { Path = _folder.File("bad.jsonl", "{}\n") }));
        Assert.Contains(
            "has no document: expected at least one; left out: 1 damaged line (bad.jsonl:1:", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_order_is_a_function_of_the_seed()
    {
        for (var i = 0; i < 30; i++) _folder.File($"{i}.py", $"x = {i}\n");
        Assert.Equal(Read(All, 1).Documents, Read(All, 1).Documents);
        Assert.NotEqual(Read(All, 1).Documents, Read(All, 2).Documents);
    }
}
