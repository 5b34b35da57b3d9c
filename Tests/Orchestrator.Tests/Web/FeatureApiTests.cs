using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sweeps.ModelCore.Interpretability;
using Sweeps.Orchestrator.Tests.Cli;
using Sweeps.Orchestrator.Web.Reading;

namespace Sweeps.Orchestrator.Tests.Web;

/// <summary>Features of dictionaries by the API, beside the file that the sweep wrote.</summary>
[Collection(FinishedRun.Tests)]
public sealed class FeatureApiTests(ExplainedRun explained)
{
    private const string Path = $"/api/v1/sweeps/explained/features/{ExplainedRun.Model}/{ExplainedRun.Dictionary}";

    [Fact]
    public async Task Features_are_sorted_searched_and_cut_on_the_server_and_have_no_contexts_in_lists()
    {
        var folder = await explained.FolderAsync();
        await using var api = await ServedApi.StartAsync(new FakeSource(folder));
        var written = Stored(folder);
        var all = await GetAsync(api, Path);
        Assert.Equal(
            (written.Location, written.Kind, written.Count, written.Tokens, written.Features.Count),
            ((string)all["location"]!, (string)all["kind"]!, (int)all["count"]!, (int)all["tokens"]!, (int)all["total"]!));
        Assert.All(all["items"]!.AsArray(), one => Assert.Empty(one!["contexts"]!.AsArray()));
        Assert.Equal(
            written.Features.OrderByDescending(one => one.RuleR ?? double.NegativeInfinity).ThenBy(one => one.Feature)
                .Select(one => one.Feature),
            Numbers(all));
        Assert.Equal(
            written.Features.OrderByDescending(one => one.Density).ThenBy(one => one.Feature).Skip(2).Take(2).Select(one => one.Feature),
            Numbers(await GetAsync(api, $"{Path}?sort=density&offset=2&limit=2")));
        var words = written.Features[2].Rule[..10].ToUpperInvariant();
        Assert.Equal(
            written.Features.Where(one => new[] { one.Rule, one.Concept ?? "" }.Concat(one.Patterns.Select(pattern => pattern.Pattern))
                .Any(text => text.Contains(words, StringComparison.OrdinalIgnoreCase))).Select(one => one.Feature),
            Numbers(await GetAsync(api, $"{Path}?sort=number&search={Uri.EscapeDataString(words)}")));
    }

    [Fact]
    public async Task A_feature_has_what_the_file_says_of_it_and_one_that_is_not_described_is_none()
    {
        var folder = await explained.FolderAsync();
        await using var api = await ServedApi.StartAsync(new FakeSource(folder));
        using var written = JsonDocument.Parse(await File.ReadAllBytesAsync(ExplainedRun.Features(folder)));
        foreach (var one in written.RootElement.GetProperty("features").EnumerateArray())
        {
            var said = await GetAsync(api, $"{Path}/{one.GetProperty("feature").GetInt32()}");
            Assert.True(JsonNode.DeepEquals(JsonNode.Parse(one.GetRawText()), said), $"{said} instead of {one}");
        }
        foreach (var (place, status, words) in ((string, HttpStatusCode, string)[])[
            ($"{Path}/4711", HttpStatusCode.NotFound, "feature 4711 of"), ($"{Path}/some", HttpStatusCode.BadRequest, "feature"),
            ($"{Path}?sort=beauty", HttpStatusCode.BadRequest, "sort is beauty"),
            ($"{Path[..^1]}9", HttpStatusCode.NotFound, $"there is no dictionary {ExplainedRun.Dictionary[..^1]}9"),
            ($"{Path}?limit=0", HttpStatusCode.BadRequest, "limit is 0")])
        {
            using var response = await api.Client.GetAsync(new Uri(place, UriKind.Relative));
            Assert.Equal((place, status), (place, response.StatusCode));
            Assert.Contains(words, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_file_is_read_by_range_while_it_is_the_same_and_another_in_its_place_is_noticed()
    {
        var folder = await explained.FolderAsync();
        var copy = Directory.CreateTempSubdirectory("features").FullName;
        var path = System.IO.Path.Combine(copy, "features.json");
        var json = await File.ReadAllBytesAsync(ExplainedRun.Features(folder));
        await File.WriteAllBytesAsync(path, json);
        var file = FeatureFile.Of(path, json);
        var number = ExplainedRun.Feature(folder);
        var whole = Stored(folder).Features.Single(one => one.Feature == number);
        Assert.Equal(JsonSerializer.Serialize(whole, JobJson.Options), JsonSerializer.Serialize(file.Read(number), JobJson.Options));
        Assert.True(file.IsCurrent);
        Assert.Null(file.Read(-1));

        // What is outside of the range can be anything: it is not looked at.
        var at = json.AsSpan().IndexOf("\"features\": ["u8);
        await File.WriteAllBytesAsync(path, [.. Enumerable.Repeat((byte)'x', at), .. json.AsSpan(at)]);
        Assert.Equal(JsonSerializer.Serialize(whole, JobJson.Options), JsonSerializer.Serialize(file.Read(number), JobJson.Options));
        await File.WriteAllBytesAsync(path, [.. json, (byte)'\n']);
        Assert.False(file.IsCurrent);
        Directory.Delete(copy, recursive: true);
    }

    private static FeaturesFile Stored(string folder) => FeaturesFile.Parse(File.ReadAllBytes(ExplainedRun.Features(folder)));

    private static async Task<JsonNode> GetAsync(ServedApi api, string place) => JsonNode.Parse(await api.Client.GetStringAsync(place))!;

    private static IEnumerable<int> Numbers(JsonNode list) => list["items"]!.AsArray().Select(one => (int)one!["feature"]!);
}
