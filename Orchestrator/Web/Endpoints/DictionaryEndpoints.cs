using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Sweeps.Orchestrator.Configuration;
using Sweeps.Orchestrator.Reports;
using Sweeps.Orchestrator.Web.Reading;

namespace Sweeps.Orchestrator.Web.Endpoints;

/// <summary>Sparse autoencoders and what they are compared with, their features, and circuits of these.</summary>
internal sealed class DictionaryEndpoints : IEndpoints
{
    private const string Tag = "dictionaries";
    private const string Features = $"{Api.Sweep}/features/{{model}}/{{dictionary}}";

    /// <inheritdoc/>
    public void AddServices(IServiceCollection services) => services.AddSingleton<FeatureFiles>();

    /// <inheritdoc/>
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.Read(
            $"{Api.Sweep}/dictionaries", "listDictionaries", Tag,
            "Lists the sparse autoencoders of a sweep by model and location, with baselines and what was measured.", ListAsync)
            .Produces<Page<DictionariesView>>();
        routes.Read(
            Features, "listFeatures", Tag, "Lists the features of a dictionary that are described, without the places where they fire.",
            FeaturesAsync)
            .WithDescription(
                $"`sort` is one of {string.Join(", ", DescribedFeatures.Orders.Keys)}: the largest come first. `search` looks in rule, "
                    + "concept and patterns.")
            .Produces<FeatureList>();
        routes.Read(
            $"{Features}/{{feature}}", "getFeature", Tag, "Says all that is known of a feature, with the places where it fires.",
            FeatureAsync)
            .Produces<FeatureScores>();
        routes.Read(
            $"{Api.Sweep}/bases", "getBases", Tag, "Compares circuits of a model's channels with circuits of features.", BasesAsync)
            .Produces<BasesView>();
    }

    private static async Task<IResult> ListAsync(
        string sweep, SweepLookup lookup, CancellationToken cancellation, string? model = null, int? offset = null, int? limit = null)
    {
        var (_, reading) = await lookup.ReadAsync(sweep, cancellation);
        (string Model, DictionariesSnapshot At)[] all =
        [
            .. from one in reading.Sweep.Models
               where model is null || one.Plan.Id.Value == model
               from at in one.Dictionaries
               select (one.Plan.Id.Value, at),
        ];
        return TypedResults.Ok(Page.Of(all, offset, limit, one => new DictionariesView(one.Model, ReportDictionaries.Of(one.At))));
    }

    private static async Task<IResult> FeaturesAsync(
        string sweep, string model, string dictionary, SweepLookup lookup, FeatureFiles files, CancellationToken cancellation,
        string sort = "rule", string? search = null, int? offset = null, int? limit = null)
    {
        if (!DescribedFeatures.Orders.TryGetValue(sort, out var order))
            throw RequestException.Invalid($"sort is {sort}: {NearestName.Expected(sort, [.. DescribedFeatures.Orders.Keys])}");
        var file = await FindAsync(sweep, model, dictionary, lookup, files, cancellation);
        FeatureScores[] found = [.. DescribedFeatures.Sorted(file.Described.Features.Where(one => Has(one, search)), order)];
        var page = Page.Of(found, offset, limit, one => one);
        var of = file.Described;
        return TypedResults.Ok(new FeatureList(of.Location, of.Kind, of.Count, of.Tokens, page.Items, page.Total, page.Offset));
    }

    private static async Task<IResult> FeatureAsync(
        string sweep, string model, string dictionary, int feature, SweepLookup lookup, FeatureFiles files,
        CancellationToken cancellation)
    {
        var file = await FindAsync(sweep, model, dictionary, lookup, files, cancellation);
        return TypedResults.Ok(file.Read(feature) ?? throw RequestException.NotFound(
            $"feature {feature} of {dictionary} is not described: expected one of {file.Described.Features.Count} of the "
                + $"{file.Described.Count} features that were drawn"));
    }

    private static async Task<IResult> BasesAsync(string sweep, SweepLookup lookup, CancellationToken cancellation)
    {
        var (_, reading) = await lookup.ReadAsync(sweep, cancellation);
        var (compared, means) = await Task.Run(() => reading.Bases, cancellation);
        return TypedResults.Ok(new BasesView(
            [
                .. from task in compared.Tasks
                   from column in compared.Columns
                   let circuit = column.Circuit(task)
                   where circuit is not null
                   select new BasisView(task, column.Model, column.Basis, circuit),
            ],
            compared.Common, means));
    }

    private static async Task<FeatureFile> FindAsync(
        string sweep, string model, string dictionary, SweepLookup lookup, FeatureFiles files, CancellationToken cancellation)
    {
        var (served, reading) = await lookup.ReadAsync(sweep, cancellation);
        var all = DescribedFeatures.Of(SweepLookup.Model(reading, model)).ToList();
        var (name, _, file) = all.Find(one => one.Name == dictionary);
        if (name is null) throw SweepLookup.Unknown("dictionary", dictionary, all.Select(one => one.Name));
        return file is null
            ? throw RequestException.NotFound(
                $"the features of {name} are not described: expected autoencoders.scores, in a sweep that has got so far")
            : await Task.Run(() => files.Of(served, file), cancellation);
    }

    private static bool Has(FeatureScores one, string? search) => search is null || new[] { one.Rule, one.Concept }
        .Concat(one.Patterns.Select(pattern => pattern.Pattern))
        .Any(text => text?.Contains(search, StringComparison.OrdinalIgnoreCase) == true);
}

/// <summary>The dictionaries of one location of a model.</summary>
/// <param name="Model">the model</param>
/// <param name="Dictionaries">its autoencoders, and what they are compared with</param>
internal sealed record DictionariesView(string Model, ReportDictionaries Dictionaries);

/// <summary>A part of the features of a dictionary.</summary>
/// <param name="Location">of the activations</param>
/// <param name="Kind">of the dictionary, as its file says it</param>
/// <param name="Count">features of the dictionary, of which only some are described</param>
/// <param name="Tokens">activations that were looked at</param>
/// <param name="Items">the part, without contexts</param>
/// <param name="Total">how many described ones there are in all, that the search leaves</param>
/// <param name="Offset">how many come before the part</param>
internal sealed record FeatureList(
    string Location, string Kind, int Count, int Tokens, IReadOnlyList<FeatureScores> Items, int Total, int Offset);

/// <summary>Circuits in different bases.</summary>
/// <param name="Circuits">by task, then model and basis</param>
/// <param name="Common">tasks that the means are over: those whose circuits reach the target and have edges in all models and bases</param>
/// <param name="Means">of each model and basis; none where there is no common task</param>
internal sealed record BasesView(IReadOnlyList<BasisView> Circuits, IReadOnlyList<string> Common, IReadOnlyList<BasisMeans> Means);

/// <summary>A circuit in a basis.</summary>
/// <param name="Task">the task</param>
/// <param name="Model">the model</param>
/// <param name="Basis">channels; features-keep or features-mean: features, with the error kept or at its mean</param>
/// <param name="Circuit">the circuit</param>
internal sealed record BasisView(string Task, string Model, string Basis, BasisCircuitResult Circuit);
