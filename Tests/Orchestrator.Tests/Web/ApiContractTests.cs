using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sweeps.Orchestrator.Tests.Cli;
using Sweeps.Orchestrator.Web.Endpoints;
using Sweeps.Tests;

namespace Sweeps.Orchestrator.Tests.Web;

/// <summary>Every path of the OpenAPI document is asked of a real sweep; a validator that is not ours judges the answers.</summary>
[Collection(FinishedRun.Tests)]
public sealed class ApiContractTests(FinishedRun run, ExplainedRun explained)
{
    private const string Model = "d16n1-l0.5-r0";
    private const string Task = "single_double_quote";

    // Prints what is wrong with each answer by its schema, and nothing where all is right.
    private const string Validator = """
        import json, sys
        from jsonschema import Draft202012Validator
        asked = json.load(sys.stdin)
        components = asked["document"]["components"]
        for name, schema in components["schemas"].items():
            Draft202012Validator.check_schema(schema)
        for name, schema, answer in asked["answers"]:
            for error in Draft202012Validator({**schema, "components": components}).iter_errors(answer):
                print(name, error.json_path, error.message[:300])
        """;

    [Fact]
    public async System.Threading.Tasks.Task Every_path_of_the_document_answers_as_its_schema_says()
    {
        var source = new FakeSource(run.Folder);
        await using var api = await ServedApi.StartAsync(source);
        // What most sweeps do not have is asked of one that does.
        var folder = await explained.FolderAsync();
        await using var other = await ServedApi.StartAsync(new FakeSource(folder));
        var document = JsonNode.Parse(await api.Client.GetStringAsync(OpenApiEndpoints.Path))!.AsObject();
        var names = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["sweep"] = source.Id,
            ["model"] = Model,
            ["task"] = Task,
            ["index"] = "0",
            ["kind"] = "best",
            ["node"] = FakeSource.Node,
            ["trial"] = $"models/{Model}",
        };
        var otherNames = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["sweep"] = Path.GetFileName(folder),
            ["model"] = ExplainedRun.Model,
            ["dictionary"] = ExplainedRun.Dictionary,
            ["feature"] = $"{ExplainedRun.Feature(folder)}",
        };
        var answers = new JsonArray();
        var asked = 0;
        foreach (var (path, methods) in document["paths"]!.AsObject())
        {
            foreach (var (method, operation) in methods!.AsObject())
            {
                asked++;
                var isExplained = (string?)operation!["tags"]?[0] is "dictionaries" or "bridges";
                var (server, values) = isExplained ? (other, otherNames) : (api, names);
                var place = values.Aggregate(path, (at, name) => at.Replace($"{{{name.Key}}}", name.Value, StringComparison.Ordinal));
                var id = (string)operation["operationId"]!;
                if (id == "streamEvents") continue;
                using var response = await server.Client.SendAsync(
                    method == "get" ? new HttpRequestMessage(HttpMethod.Get, place) : api.Command(place, Body(id)));
                var body = await response.Content.ReadAsStringAsync();
                // A folder is no node of a cluster.
                var expected = id == "submitSweep" ? HttpStatusCode.Conflict : HttpStatusCode.OK;
                Assert.True(response.StatusCode == expected, $"{method} {place}: {response.StatusCode} {body}");
                answers.Add(Answer(id, operation, response, body));
            }
        }
        foreach (var (status, place) in ((HttpStatusCode, string)[])[
            (HttpStatusCode.NotFound, "/api/v1/sweeps/none"), (HttpStatusCode.NotFound, $"/api/v1/sweeps/{source.Id}/models/none"),
            (HttpStatusCode.NotFound, $"/api/v1/sweeps/{source.Id}/trials/models/none"),
            (HttpStatusCode.NotFound, $"/api/v1/sweeps/{source.Id}/circuits/{Model}/{Task}/none"),
            (HttpStatusCode.BadRequest, $"/api/v1/sweeps/{source.Id}/trials?limit=0"),
            (HttpStatusCode.BadRequest, $"/api/v1/sweeps/{source.Id}/trials?offset=some")])
        {
            using var response = await api.Client.GetAsync(new Uri(place, UriKind.Relative));
            Assert.Equal((place, status), (place, response.StatusCode));
            answers.Add(Answer(
                place, document["paths"]!["/api/v1/sweeps/{sweep}"]!["get"]!, response, await response.Content.ReadAsStringAsync()));
        }
        Assert.Equal(document["paths"]!.AsObject().Sum(path => path.Value!.AsObject().Count), asked);
        Assert.True(answers.Count > 30, $"{answers.Count} answers were looked at");
        var found = Validate(document, answers);
        Assert.True(found.Length == 0, found);
    }

    [Fact]
    public async System.Threading.Tasks.Task An_answer_that_is_not_as_its_schema_says_is_found_out()
    {
        await using var api = await ServedApi.StartAsync(new FakeSource(run.Folder));
        var document = JsonNode.Parse(await api.Client.GetStringAsync(OpenApiEndpoints.Path))!.AsObject();
        var trials = JsonNode.Parse(await api.Client.GetStringAsync($"/api/v1/sweeps/{ServedName}/trials"))!;
        trials["items"]![0]!["attempts"] = "many";
        var schema = new JsonObject { ["$ref"] = "#/components/schemas/PageOfTrialView" };
        Assert.Contains(
            "$.items[0].attempts 'many' is not of type 'integer'", Validate(document, [new JsonArray("x", schema, trials.DeepClone())]),
            StringComparison.Ordinal);
    }

    [Fact]
    public async System.Threading.Tasks.Task Lists_are_cut_filtered_and_searched_on_the_server()
    {
        await using var api = await ServedApi.StartAsync(new FakeSource(run.Folder));
        var all = await ListAsync(api, "trials");
        Assert.Equal((6, "corpus"), ((int)all["total"]!, (string)all["items"]![0]!["id"]!));
        var cut = await ListAsync(api, "trials?offset=1&limit=2");
        Assert.Equal((6, 1, 2), ((int)cut["total"]!, (int)cut["offset"]!, cut["items"]!.AsArray().Count));
        Assert.Equal((string)all["items"]![1]!["id"]!, (string)cut["items"]![0]!["id"]!);
        Assert.Equal(2, (int)(await ListAsync(api, "trials?kind=prune"))["total"]!);
        Assert.Equal(1, (int)(await ListAsync(api, "trials?under=validations/"))["total"]!);
        Assert.Equal(0, (int)(await ListAsync(api, "trials?state=failed"))["total"]!);
        Assert.Equal(2, (int)(await ListAsync(api, "trials?search=EARCHES/"))["total"]!);
        var log = await ListAsync(api, $"logs/models/{Model}");
        Assert.True((int)log["total"]! >= 3);
        Assert.Equal((int)log["total"]!, (int)(await ListAsync(api, $"logs/models/{Model}?last=1"))["items"]![0]!["number"]!);
        var found = (await ListAsync(api, $"logs/models/{Model}?search=SUCCEEDED"))["items"]!.AsArray();
        Assert.Contains("succeeded on cpu-0", (string)Assert.Single(found)!["text"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async System.Threading.Tasks.Task Files_are_those_that_the_sweep_wrote()
    {
        await using var api = await ServedApi.StartAsync(new FakeSource(run.Folder));
        var circuit = FinishedRun.Find(run.Folder, "circuit.json");
        var at = Path.GetRelativePath(run.Folder, circuit).Split('/');
        Assert.Equal("searches", at[0]);
        Assert.Equal(
            await File.ReadAllTextAsync(circuit),
            await api.Client.GetStringAsync($"/api/v1/sweeps/{ServedName}/circuits/{at[1]}/{at[2]}/{int.Parse(at[3], null)}"));
        Assert.Equal(
            await File.ReadAllTextAsync(FinishedRun.Find(run.Folder, "curve.json")),
            await api.Client.GetStringAsync($"/api/v1/sweeps/{ServedName}/models/{Model}/curve"));
    }

    private string ServedName => Path.GetFileName(run.Folder);

    private async Task<JsonNode> ListAsync(ServedApi api, string what) =>
        JsonNode.Parse(await api.Client.GetStringAsync($"/api/v1/sweeps/{ServedName}/{what}"))!;

    private static string Body(string operation) => operation switch
    {
        "submitSweep" => """{"hocon": "name = x"}""",
        "cancelSweep" => """{"part": "models/x"}""",
        "retryTrials" => """{"trials": ["models/x"]}""",
        "askModel" => """{"prompt": "x = 1", "patterns": true}""",
        "intervene" => """{"changes": [{"node": "0.mlp.post_act:3", "kind": "mean"}]}""",
        "shareDevices" => """{"weight": 2.5, "priority": 1}""",
        _ => "{}",
    };

    private static JsonArray Answer(string name, JsonNode operation, HttpResponseMessage response, string body)
    {
        var status = ((int)response.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture);
        var said = operation["responses"]![status];
        Assert.True(said is not null, $"{name} answers {status}, which the document does not have");
        var type = response.Content.Headers.ContentType!.MediaType!;
        var schema = said["content"]?[type]?["schema"];
        Assert.True(schema is not null, $"{name} answers {status} as {type}, which the document does not have");
        return new JsonArray(name, schema.DeepClone(), JsonNode.Parse(body));
    }

    private static string Validate(JsonObject document, JsonArray answers) => DebianPython.Run(
        JsonSerializer.Serialize(new JsonObject { ["document"] = document.DeepClone(), ["answers"] = answers }), "-c", Validator);
}
